//! A site that is edited between two runs: what stays the same keeps its state, and the log verifies.
//!
//! Not here: every case of a change (engine), names in the history (store).
//! Invariant: the log of both runs is one log.

use crate::http::Request;
use crate::server::{Server, yiwang};
use crate::site;

fn post(server: &Server, rows: &str) -> u64 {
    let text = format!("phenomenonTime,datastream,result\n{rows}");
    let answer = server.ask(&Request::post("/v1/observations", "text/csv", text));
    assert_eq!(answer.status / 100, 2, "{}", answer.text());
    answer.json()["seq"].as_u64().unwrap()
}

fn people(server: &Server) -> serde_json::Value {
    let view = server.get("/v1/view");
    view["zones"].as_array().unwrap().iter().find(|zone| zone["id"] == "network").unwrap()["people"].clone()
}

#[test]
fn an_edited_site_keeps_its_people_its_open_warnings_and_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let (site, data) = (folder.path().join("site"), folder.path().join("data"));
    site::write(&site);
    let server = Server::start(&site, &data);
    let seq = post(
        &server,
        "2026-05-01T18:00:00+08:00,station/in,120\n2026-05-01T18:00:00+08:00,station/out,20\n\
         2026-05-01T18:00:00+08:00,load/0,900\n",
    );
    server.wait_until_applied(seq);
    let before = people(&server);
    assert_eq!(before, 100.0);
    let warnings = server.get("/v1/warnings?state=open");
    server.end();

    // A new datastream in front of all others moves every position in the tables.
    let file = site.join("site.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let stream = "[[datastream]]\nid = \"first\"\nname = { zh-CN = \"新\", en = \"New\" }\ndepartment = \"police\"\n\
                  unit = \"1\"\nsilent_after_s = 0\n";
    let at = text.find("[[datastream]]").unwrap();
    std::fs::write(&file, format!("{}{stream}\n{}", &text[..at], &text[at..])).unwrap();

    let server = Server::start(&site, &data);
    assert_eq!(people(&server), before);
    let after = server.get("/v1/warnings?state=open");
    let causes = |warnings: &serde_json::Value| -> Vec<serde_json::Value> {
        let list = warnings.as_array().or_else(|| warnings["warnings"].as_array()).unwrap();
        list.iter().map(|warning| warning["cause"].clone()).collect()
    };
    assert!(!causes(&warnings).is_empty(), "{warnings}");
    assert_eq!(causes(&after), causes(&warnings));
    let history = server.get("/v1/history?series=datastream/load/0&from=2026-05-01T09:00:00Z&to=2026-05-01T11:00:00Z");
    assert_eq!(history["points"][0]["value"], 900.0, "{history}");
    server.end();

    let output = yiwang(&["verify", "--data", data.to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
