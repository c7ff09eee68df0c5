//! Credentials come from where AWS's tools find them: profiles, other programs, single sign-on.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::json;

use crate::support::{ADMINISTRATOR, Said, Stage};

/// What `plan --profile security` says where AWS's configuration file is this. Keys in the environment, of another
/// account, do not come before a profile that is asked for.
fn planned(stage: &Stage, configuration: &str, variables: &[(&str, &str)]) -> Said {
    fs::write(stage.file("config"), configuration).unwrap();
    let mut command = stage.command("plan --profile security");
    command.env("AWS_ACCESS_KEY_ID", stage.members()[0].clone()).env("AWS_CONFIG_FILE", stage.file("config"));
    command.envs(variables.iter().copied()).env("HOME", stage.file(""));
    Said::of(&command.output().unwrap())
}

/// Stands in for IAM Identity Center's portal: gives the keys of the administrator's account, and sends the heads of the
/// requests.
fn portal() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, heads) = channel();
    thread::spawn(move || {
        let keys = json!({"accessKeyId": ADMINISTRATOR, "secretAccessKey": "any", "sessionToken": "any",
            "expiration": 4_102_444_800_000_i64});
        let body = json!({"roleCredentials": keys}).to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map(Result::unwrap).take_while(|line| !line.is_empty()).collect();
            // Kept before the answer is sent, so that it is there once the command has ended.
            sender.send(head.join("\n").to_lowercase()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (url, heads)
}

const SINGLE_SIGN_ON: &str = "[profile security]\n\
    sso_session = corp\n\
    sso_account_id = 222222222222\n\
    sso_role_name = Security\n\
    [sso-session corp]\n\
    sso_region = us-east-1\n\
    sso_start_url = https://corp.awsapps.com/start\n";

/// Keeps a token where `aws sso login` does: the file's name is the SHA-1 of the session's, `corp`.
fn sign_in(stage: &Stage, expires: &str) {
    let folder = stage.file(".aws/sso/cache");
    fs::create_dir_all(&folder).unwrap();
    let token = json!({"accessToken": "a-token", "expiresAt": expires, "region": "us-east-1",
        "startUrl": "https://corp.awsapps.com/start"});
    fs::write(folder.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token.to_string()).unwrap();
}

#[test]
fn a_profile_has_its_keys_in_a_file() {
    let stage = Stage::of(4);
    let keys = "[profile security]\naws_access_key_id = 222222222222\naws_secret_access_key = any\n";
    planned(&stage, keys, &[]).ended(2);
}

#[test]
fn a_profile_asks_another_program() {
    let stage = Stage::of(4);
    let keys = json!({"Version": 1, "AccessKeyId": ADMINISTRATOR, "SecretAccessKey": "any"});
    fs::write(stage.file("keys.json"), keys.to_string()).unwrap();
    planned(&stage, "[profile security]\ncredential_process = cat keys.json\n", &[]).ended(2);
}

#[test]
fn a_profile_is_in_a_role() {
    let stage = Stage::of(4);
    let role = "[profile security]\nrole_arn = arn:aws:iam::222222222222:role/engineer\nsource_profile = me\n\
        [profile me]\naws_access_key_id = 333333333333\naws_secret_access_key = any\n";
    planned(&stage, &role.replace("333333333333", &stage.members()[1]), &[]).ended(2);
    assert!(stage.simulator.calls().iter().any(|call| call.principal.contains(":assumed-role/engineer/")));
}

#[test]
fn a_profile_is_of_single_sign_on() {
    let stage = Stage::of(4);
    sign_in(&stage, "2099-01-01T00:00:00Z");
    let (url, heads) = portal();
    planned(&stage, SINGLE_SIGN_ON, &[("AWS_ENDPOINT_URL_SSO", &url)]).ended(2);
    let asked: Vec<String> = heads.try_iter().collect();
    assert!((1..=3).contains(&asked.len()), "for the caller, and once to get into a role each: {asked:#?}");
    let asked = &asked[0];
    assert!(asked.starts_with("get /federation/credentials?"), "{asked}");
    for part in ["role_name=security", "account_id=222222222222", "x-amz-sso_bearer_token: a-token"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[test]
fn who_is_signed_in_no_more_is_told_so() {
    let stage = Stage::of(4);
    sign_in(&stage, "2020-01-01T00:00:00Z");
    let said = planned(&stage, SINGLE_SIGN_ON, &[]).ended(1);
    assert!(said.errors.contains("aws sso login"), "{said:#?}");
    assert_eq!(stage.simulator.calls().len(), 0);
}
