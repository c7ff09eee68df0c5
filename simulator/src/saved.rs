//! A simulated organization as bytes, to go on with it in another process. No I/O.

use std::io::{Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

use crate::{random::Random, simulation::Simulation, world::World};

/// The version of the format. It changes with the meaning or the shape of anything in [`World`], such as the places of
/// GuardDuty's features.
const VERSION: u32 = 1;
/// The first line is readable: this, and the version. What follows is `MessagePack` under gzip, whose checksum tells of
/// damage.
const TITLE: &str = "organization-simulator, saved organization, format ";

/// What is saved.
#[derive(Serialize)]
struct Written<'a> {
    wall: u64,
    ids: &'a Random,
    world: &'a World,
}

/// The same, to be read.
#[derive(Deserialize)]
struct Saved {
    /// Wall-clock time of saving, in milliseconds since 1970.
    wall: u64,
    ids: Random,
    world: World,
}

/// The organization at `wall`, in milliseconds since 1970: the same bytes for the same organization and time.
pub(crate) fn save(simulation: &Simulation, wall: u64) -> Result<Vec<u8>, String> {
    let Simulation { world, ids, .. } = simulation;
    let written = rmp_serde::to_vec_named(&Written { wall, ids, world }).map_err(|error| error.to_string())?;
    let header = format!("{TITLE}{VERSION}\n").into_bytes();
    let mut compressed = GzEncoder::new(header, Compression::fast());
    compressed.write_all(&written).and_then(|()| compressed.finish()).map_err(|error| error.to_string())
}

/// The organization as it was saved. World time goes on by what passed on the wall clock since; never backwards.
pub(crate) fn resume(saved: &[u8], wall: u64) -> Result<Simulation, String> {
    let Saved { wall: then, ids, world } =
        read(saved).map_err(|reason| format!("the saved organization {reason}; delete it to begin with a new one"))?;
    let mut simulation = Simulation::default();
    (simulation.world, simulation.ids) = (world, ids);
    let now = &mut simulation.world.now;
    *now = now.saturating_add(wall.saturating_sub(then));
    Ok(simulation)
}

fn read(saved: &[u8]) -> Result<Saved, String> {
    let line = saved.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let version = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix(TITLE));
    let version = version.ok_or("is none that this simulator wrote")?;
    if version != VERSION.to_string() {
        return Err(format!("has the format {version}, and this version of the simulator reads the format {VERSION}"));
    }
    let mut written = Vec::new();
    let compressed = saved.get(line.len() + 1..).unwrap_or_default();
    GzDecoder::new(compressed).read_to_end(&mut written).map_err(|error| format!("is damaged ({error})"))?;
    rmp_serde::from_slice(&written)
        .map_err(|error| format!("cannot be read by this version of the simulator ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, start};
    use serde_json::json;

    const WALL: u64 = 1_790_000_000_000;

    /// An organization with something of each kind.
    fn full() -> Simulation {
        let statement = |effect: &str, action: &str| {
            json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": {"ForAnyValue:StringNotLike":
                   {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}, "NumericLessThanIfExists": {"sts:ExternalId": 5},
                   "Null": {"aws:PrincipalOrgID": true}}})
        };
        let document =
            |effect: &str, action: &str| json!({"Version": "2012-10-17", "Statement": [statement(effect, action)]});
        let trust = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["*",
                           "222222222222", "arn:aws:iam::222222222222:role/a"], "Service": "lambda.amazonaws.com"}}});
        let role = "arn:aws:iam::222222222222:role/x/reader";
        let on = json!({"@@assign": "enabled"});
        let states = [
            json!({"kind": "trust", "principal": "guardduty.amazonaws.com"}),
            json!({"kind": "trust", "principal": "inspector2.amazonaws.com"}),
            json!({"service": "guardduty", "administrator": "222222222222"}),
            json!({"service": "inspector2", "administrator": "222222222222", "auto-enable": {"EC2": true}}),
            json!({"service": "guardduty", "accounts": ["111111111111"], "detector": "ENABLED",
                   "features": {"S3_DATA_EVENTS": "ENABLED"}, "unknown-features": {"QUANTUM": "ENABLED"}}),
            json!({"service": "guardduty", "accounts": ["222222222222"], "held-by": "999999999999"}),
            json!({"service": "inspector2", "accounts": ["111111111111"], "scans": {"EC2": "ENABLED"},
                   "managed": ["ECR"], "unknown-scans": {"quantum": "ENABLED"}, "unknown-auto-enable": {"quantum": true}}),
            json!({"kind": "role", "arn": role, "trust": trust, "policies": [document("Allow", "guardduty:*")]}),
            json!({"kind": "key", "access-key": "AKIATEST", "role": role}),
            json!({"kind": "service-control-policy", "document": document("Deny", "s3:*"), "targets": ["222222222222"]}),
            json!({"kind": "deny", "region": "eu-west-1", "action": "inspector2:*"}),
            json!({"kind": "trail", "account": "111111111111", "region": "us-east-1", "organization": true}),
            json!({"kind": "security-hub", "account": "222222222222", "region": "eu-west-1", "products": ["guardduty"]}),
            json!({"kind": "restrict", "principal": "333333333333", "actions": ["*"]}),
            json!({"kind": "tags", "account": "222222222222", "tags": {"team": "blue"}}),
            json!({"kind": "stuck", "account": "111111111111"}),
            json!({"kind": "effective-policy", "account": "*", "policy-type": "BACKUP_POLICY", "content": "{}"}),
            json!({"kind": "policy-type", "policy-type": "GUARDDUTY_POLICY"}),
            json!({"kind": "policy", "policy-type": "GUARDDUTY_POLICY", "name": "all", "targets": ["unit-2"],
                   "content": {"guardduty": {"enablement": {"default": {"foundational": {"status": on}}}}}}),
        ];
        let options = Options {
            organizational_units: 2,
            closed: 1,
            region_off: vec!["2:ap-east-1".to_owned()],
            feature_not_offered: vec!["inspector2:LAMBDA_CODE:eu-west-1".to_owned()],
            set: vec!["transition-reads=3".to_owned(), "rates={\"guardduty\": [10, 20.5]}".to_owned()],
            state: states.iter().map(ToString::to_string).collect(),
            ..Options::default()
        };
        let mut simulation = start::simulation(&options, WALL).unwrap();
        simulation.settle(1_000);
        simulation.create_account("another", "another@example.com").unwrap();
        simulation.settle(2_000);
        simulation
    }

    #[test]
    fn everything_is_as_it_was() {
        let before = full();
        let after = resume(&save(&before, WALL).unwrap(), WALL).unwrap();
        assert_eq!(format!("{:?}", after.world), format!("{:?}", before.world));
        assert_eq!(format!("{:?}", after.ids), format!("{:?}", before.ids));
    }

    #[test]
    fn the_same_organization_is_the_same_bytes() {
        let saved = save(&full(), WALL).unwrap();
        assert_eq!(save(&full(), WALL).unwrap(), saved);
        assert_eq!(save(&resume(&saved, WALL).unwrap(), WALL).unwrap(), saved);
    }

    #[test]
    fn the_clock_goes_on_and_never_backwards() {
        let saved = save(&full(), WALL).unwrap();
        assert_eq!(resume(&saved, WALL + 5_000).unwrap().world.now, 7_000);
        assert_eq!(resume(&saved, WALL - 5_000).unwrap().world.now, 2_000);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_to_do() {
        let refused = |saved: &[u8]| {
            let mistake = resume(saved, WALL).unwrap_err();
            assert!(mistake.ends_with("; delete it to begin with a new one"), "{mistake}");
            mistake
        };
        assert!(refused(b"").contains("none that this simulator wrote"));
        assert!(refused(b"{\"version\": 1}").contains("none that this simulator wrote"));
        assert!(refused(&[0x80; 1_000]).contains("none that this simulator wrote"));
        assert!(refused(format!("{TITLE}999\nx").as_bytes()).contains("has the format 999"));
        let saved = save(&full(), WALL).unwrap();
        let header = TITLE.len() + 2;
        for length in [header - 1, header, header + 5, saved.len() / 2, saved.len() - 1] {
            assert!(refused(&saved[..length]).contains("damaged"), "{length}");
        }
        for place in (header..saved.len()).step_by(saved.len() / 50) {
            let mut damaged = saved.clone();
            damaged[place] ^= 0x10;
            // A few bytes of the gzip header, such as its time, mean nothing.
            if place > header + 10 {
                refused(&damaged);
            }
        }
    }

    #[test]
    fn another_organization_under_the_same_format_is_refused() {
        let mut compressed = GzEncoder::new(format!("{TITLE}{VERSION}\n").into_bytes(), Compression::fast());
        compressed.write_all(&rmp_serde::to_vec_named(&json!({"wall": 1, "world": {}})).unwrap()).unwrap();
        assert!(resume(&compressed.finish().unwrap(), WALL).unwrap_err().contains("cannot be read by this version"));
    }
}
