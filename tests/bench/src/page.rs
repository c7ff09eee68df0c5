//! The coverage page and table of a large organization: size, and time in a browser. I/O: a browser, files.

use std::{io, time::Instant};

use rollcall_page::write_table;
use rollcall_scenarios::StageError;

use crate::{
    chrome::{Chrome, chrome},
    line, sample, timings, within,
};

const ACCOUNTS: usize = 10_000;
/// What the page may have, in megabytes, and take until it is seen, in milliseconds.
const MOST: f64 = 8.0;
const PATIENCE: f64 = 2_000.0;

/// What the browser is asked to show, and how.
const FILTERS: [(&str, &str); 4] = [
    ("by state", "document.querySelector('#states [data-states=blocked]').click();"),
    (
        "by region",
        "const field = document.getElementById('region'); field.value = 'eu-west-1'; field.dispatchEvent(new Event('change'));",
    ),
    (
        "by plan or scan type",
        "const field = document.getElementById('plan'); field.selectedIndex = 1; field.dispatchEvent(new Event('change'));",
    ),
    ("every account unfolded", "document.getElementById('unfold').click();"),
];

/// Prints size and times of the page, governed well and at its worst, and of the table.
pub async fn print() -> Result<(), StageError> {
    println!("\nthe coverage page of {ACCOUNTS} accounts in {} regions and 2 services", sample::REGIONS.len());
    let documents = [
        ("governed well", sample::organization(ACCOUNTS, 40, &sample::REGIONS)),
        ("at its worst", sample::chaos(ACCOUNTS, &sample::REGIONS, true)),
    ];
    let browser = chrome().await;
    for (name, document) in &documents {
        let begun = Instant::now();
        let size = megabytes(rollcall_page::render(document, None).len())?;
        line(&format!("{name}: rendered"), &format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1e3), "");
        line(
            &format!("{name}: size"),
            &format!("{size:.2} MB"),
            &format!("{:.2} × the {MOST} MB that it may have", size / MOST),
        );
        within("size of the page", size, MOST)?;
        if let Some(browser) = &browser {
            browser.open("bench", document, "").await;
            times(browser, name).await;
        }
        let (begun, mut table) = (Instant::now(), Counted(0));
        write_table(document, &mut table)?;
        let figure = format!("{:.0} MB", megabytes(table.0)?);
        line(&format!("{name}: table"), &figure, &format!("written in {:.1} s", begun.elapsed().as_secs_f64()));
    }
    match browser {
        Some(browser) => browser.close().await,
        None => println!("  skipped: times in a browser, there is none; apt-get install chromium chromium-driver"),
    }
    Ok(())
}

async fn times(browser: &Chrome, name: &str) {
    let told = |what: &str, milliseconds: f64, against: &str| {
        let ratio = format!("{:.2} × the {:.0} s {against}", milliseconds / PATIENCE, PATIENCE / 1e3);
        line(&format!("{name}: {what}"), &format!("{milliseconds:.0} ms"), &ratio);
    };
    let (paint, ready) = timings::loaded(browser).await;
    told("first paint", paint, "that it may take");
    told("until it can be used", ready, "that it may take");
    for (filter, script) in FILTERS {
        let took = timings::changed(browser, script).await;
        line(&format!("{name}: a filter's result, {filter}"), &format!("{took:.0} ms"), "");
        timings::changed(browser, "document.getElementById('clear').click();").await;
    }
    let took = timings::searched(browser, "payments prod").await;
    line(
        &format!("{name}: a filter's result, by name"),
        &format!("{took:.0} ms"),
        "with the 90 ms that typing is waited for",
    );
    let (mean, longest) = timings::scrolled(browser).await;
    line(
        &format!("{name}: a frame while scrolling"),
        &format!("{mean:.0} ms"),
        &format!("the longest {longest:.0} ms"),
    );
}

/// Counts what is written and keeps nothing.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn megabytes(bytes: usize) -> Result<f64, StageError> {
    Ok(f64::from(u32::try_from(bytes)?) / 1e6)
}
