//! README's table of environment variables says what the code reads. No I/O.

use rollcall_runtime::variables;

#[test]
fn readme_documents_every_variable_with_its_default_and_meaning() {
    let readme = include_str!("../../../README.md");
    let rows: Vec<&str> =
        readme.lines().filter(|line| line.starts_with("| `ROLLCALL_") || line.starts_with("| `AWS_REGION`")).collect();
    let expected: Vec<String> = variables()
        .into_iter()
        .map(|variable| {
            let default = match variable.default {
                None => "required".to_owned(),
                Some("") => "empty".to_owned(),
                Some(default) => format!("`{default}`"),
            };
            format!("| `{}` | {default} | {} |", variable.name, variable.meaning)
        })
        .collect();
    assert_eq!(rows, expected);
}
