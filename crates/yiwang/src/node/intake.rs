//! The intake: decodes pushed bodies against the site's datastreams and their limits.
//!
//! Not here: parsing (formats), unpacking and limits (connect).
//! Invariant: a body is decoded on the caller's thread, so that slow bodies never hold up the log.

use api::{Body, BodyProblem, ContentKind, Decoded, Encoding, Intake, IntakeError};
use city::Site;
use connect::Lookup;
use connect::push::{self, Content, PushBody, PushError};
use formats::RecordPlace;

/// The intake of a node.
pub struct NodeIntake {
    lookup: Lookup,
}

impl NodeIntake {
    /// An intake that knows the datastreams of `site`.
    pub fn new(site: &Site) -> Self {
        Self { lookup: Lookup::new(site) }
    }
}

impl Intake for NodeIntake {
    fn decode(&self, body: Body) -> Result<Decoded, IntakeError> {
        let decoded = push::decode(
            &PushBody {
                content: match body.content {
                    ContentKind::Csv => Content::Csv,
                    ContentKind::Ndjson => Content::Ndjson,
                    ContentKind::SensorThings => Content::Observation,
                    ContentKind::DataArray => Content::DataArray,
                },
                encoding: match body.encoding {
                    Encoding::Identity => push::Encoding::Identity,
                    Encoding::Gzip => push::Encoding::Gzip,
                },
                bytes: &body.bytes,
                datastream: body.datastream.as_ref().map(city::DatastreamId::as_str),
            },
            &self.lookup,
        )
        .map_err(refusal)?;
        let unread = decoded.problems.first().iter().map(|problem| {
            let remedy = problem.reason.remedy();
            (problem.place, problem.reason.to_string(), remedy)
        });
        let barred = decoded.barred.first().iter().map(|row| (row.place, row.to_string(), row.remedy()));
        let mut problems: Vec<_> = unread.chain(barred).collect();
        problems.sort_by_key(|(place, ..)| place.row());
        let problem = |(place, message, remedy): (RecordPlace, String, &str)| BodyProblem {
            place: place.to_string(),
            message,
            remedy: remedy.to_owned(),
        };
        Ok(Decoded {
            batch: decoded.batch,
            barred: decoded.barred.total(),
            unread: usize::try_from(decoded.problems.total()).unwrap_or(usize::MAX),
            problems: problems.into_iter().map(problem).collect(),
        })
    }
}

fn refusal(error: PushError) -> IntakeError {
    match error {
        PushError::TooManyBytes { .. } | PushError::TooManyRows { .. } => IntakeError::TooLarge(error.to_string()),
        other => IntakeError::Malformed(BodyProblem {
            place: "body".to_owned(),
            message: other.to_string(),
            remedy: "see the formats in the documentation at /docs".to_owned(),
        }),
    }
}
