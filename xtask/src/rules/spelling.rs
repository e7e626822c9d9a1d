//! Common misspellings in documents and comments.
//!
//! Not here: a dictionary; names of places and people would drown in it.
//! Invariant: a word on the list is never right.

use crate::{Finding, Tree};

/// Where the rule itself stands.
const HERE: &str = "xtask/src/rules/spelling.rs";

/// Misspelt and right.
const LIST: &[(&str, &str)] = &[
    ("accomodate", "accommodate"),
    ("acknowledgment", "acknowledgement"),
    ("adress", "address"),
    ("agregate", "aggregate"),
    ("allign", "align"),
    ("alot", "a lot"),
    ("alread", "already"),
    ("apparant", "apparent"),
    ("arguement", "argument"),
    ("asyncronous", "asynchronous"),
    ("availible", "available"),
    ("becuase", "because"),
    ("begining", "beginning"),
    ("beleive", "believe"),
    ("boundries", "boundaries"),
    ("calender", "calendar"),
    ("catagory", "category"),
    ("comming", "coming"),
    ("commited", "committed"),
    ("concious", "conscious"),
    ("consistant", "consistent"),
    ("containes", "contains"),
    ("coordiate", "coordinate"),
    ("decription", "description"),
    ("definately", "definitely"),
    ("densitiy", "density"),
    ("dependancy", "dependency"),
    ("descrease", "decrease"),
    ("desription", "description"),
    ("determinstic", "deterministic"),
    ("diferent", "different"),
    ("dissapear", "disappear"),
    ("documention", "documentation"),
    ("enviroment", "environment"),
    ("existance", "existence"),
    ("explicitely", "explicitly"),
    ("finaly", "finally"),
    ("foward", "forward"),
    ("garantee", "guarantee"),
    ("guage", "gauge"),
    ("happend", "happened"),
    ("heigth", "height"),
    ("immediatly", "immediately"),
    ("implemention", "implementation"),
    ("independant", "independent"),
    ("infomation", "information"),
    ("initalise", "initialise"),
    ("insufficent", "insufficient"),
    ("intial", "initial"),
    ("lenght", "length"),
    ("maintainance", "maintenance"),
    ("managment", "management"),
    ("mesage", "message"),
    ("metre per seconds", "metres per second"),
    ("neccessary", "necessary"),
    ("occured", "occurred"),
    ("occurence", "occurrence"),
    ("occuring", "occurring"),
    ("ommit", "omit"),
    ("orginal", "original"),
    ("paramter", "parameter"),
    ("particulary", "particularly"),
    ("pedestrain", "pedestrian"),
    ("persistant", "persistent"),
    ("poeple", "people"),
    ("preceeding", "preceding"),
    ("prefered", "preferred"),
    ("privilege's", "privileges"),
    ("probabilty", "probability"),
    ("publically", "publicly"),
    ("recieve", "receive"),
    ("recomend", "recommend"),
    ("refered", "referred"),
    ("relevent", "relevant"),
    ("reponse", "response"),
    ("retreive", "retrieve"),
    ("seperate", "separate"),
    ("sequnce", "sequence"),
    ("similiar", "similar"),
    ("snaphsot", "snapshot"),
    ("succesful", "successful"),
    ("successfull", "successful"),
    ("supress", "suppress"),
    ("suprise", "surprise"),
    ("syncronous", "synchronous"),
    ("tempory", "temporary"),
    ("teh", "the"),
    ("theshold", "threshold"),
    ("threashold", "threshold"),
    ("threshhold", "threshold"),
    ("togehter", "together"),
    ("transfered", "transferred"),
    ("truely", "truly"),
    ("unkown", "unknown"),
    ("unneccessary", "unnecessary"),
    ("untill", "until"),
    ("usefull", "useful"),
    ("valididty", "validity"),
    ("visable", "visible"),
    ("wether", "whether"),
    ("wich", "which"),
    ("widht", "width"),
    ("withing", "within"),
    ("writting", "writing"),
];

/// Finds them in documents, and in the comments and doc comments of code.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in ["md", "rs", "ts", "svelte", "toml"].iter().flat_map(|ending| tree.ending(ending)) {
        if file.path == HERE {
            continue;
        }
        let document = file.path.rsplit_once('.').is_some_and(|(_, ending)| ending == "md");
        for (at, line) in file.text.lines().enumerate() {
            let prose = if document { Some(line) } else { comment(line) };
            for (wrong, right) in prose.into_iter().flat_map(misspelt) {
                findings.push(Finding::file(&file.path, format!("'{wrong}'"), format!("write '{right}'")).at(at + 1));
            }
        }
    }
    findings
}

fn comment(line: &str) -> Option<&str> {
    let at = line.find("//").or_else(|| line.find("# ")).or_else(|| line.find("<!--"))?;
    line.get(at..)
}

fn misspelt(prose: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let lower = prose.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !c.is_alphabetic() && c != '\'')
        .map(str::to_owned)
        .filter(|word| !word.is_empty())
        .collect();
    LIST.iter().filter(
        move |(wrong, _)| {
            if wrong.contains(' ') { lower.contains(wrong) } else { words.iter().any(|word| word == wrong) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn a_misspelling_is_found_in_prose_and_comments_only() {
        assert_eq!(check(&tree("README.md", "People recieve it.\n"))[0].line, Some(1));
        assert_eq!(check(&tree("crates/x/src/a.rs", "let teh = 1; // the right\n")), []);
        assert_eq!(check(&tree("crates/x/src/a.rs", "/// Untill then.\n")).len(), 1);
    }

    #[test]
    fn no_right_word_is_on_the_list_of_wrong_ones() {
        for (_, right) in LIST {
            assert_eq!(misspelt(right).count(), 0, "{right}");
        }
    }
}
