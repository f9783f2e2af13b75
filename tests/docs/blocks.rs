//! Parser of the `sh` blocks of a document and of the comments that control them.

use std::fmt;

/// An engine on which blocks of documents run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
    Mariadb,
}

/// A block of `sh`.
#[derive(Debug, Default)]
pub struct Block {
    line: usize,
    pub script: String,
    pub skip: Option<String>,
    on: Vec<Engine>,
    pub exit: i32,
    pub shows: Vec<String>,
    pub prepare: Vec<String>,
    pub fresh: bool,
    /// Texts of the block, and their replacements.
    pub instead: Vec<(String, String)>,
}

impl Block {
    pub fn is_for(&self, engine: Engine) -> bool {
        self.on.is_empty() || self.on.contains(&engine)
    }

    fn set(&mut self, words: &str) -> Result<(), String> {
        let words = words.trim();
        let (name, value) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        match (name, value.trim()) {
            ("skip", "") => return Err("skip needs a reason".to_owned()),
            ("skip", reason) => self.skip = Some(reason.to_owned()),
            ("on", names) => {
                for name in names.split_whitespace() {
                    self.on.push(match name {
                        "sqlite" => Engine::Sqlite,
                        "postgres" => Engine::Postgres,
                        "mariadb" => Engine::Mariadb,
                        other => return Err(format!("there is no engine {other:?}")),
                    });
                }
            }
            ("exit", code) => self.exit = code.parse().map_err(|_| format!("{code:?} is no exit code"))?,
            ("shows", text) => self.shows.push(text.to_owned()),
            ("prepare", script) => self.prepare.push(format!("{script}\n")),
            ("fresh", "") => self.fresh = true,
            ("instead", pair) => {
                let (there, here) = pair.split_once(" := ").ok_or("instead needs what := what")?;
                self.instead.push((there.to_owned(), here.to_owned()));
            }
            (other, _) => return Err(format!("no test is told by {other:?}")),
        }
        Ok(())
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the block at line {}", self.line)
    }
}

/// Parses the `sh` blocks of a document; ignores other blocks.
pub fn parse(text: &str) -> Result<Vec<Block>, String> {
    let (mut blocks, mut next) = (Vec::new(), Block::default());
    let mut is_told = false;
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let wrong = |error: String| format!("line {}: {error}", at + 1);
        if let Some(rest) = line.strip_prefix("<!-- test:") {
            let mut comment = rest.to_owned();
            while !comment.ends_with("-->") {
                let (_, more) = lines.next().ok_or_else(|| wrong("a comment does not end".to_owned()))?;
                comment.push('\n');
                comment.push_str(more);
            }
            next.set(comment.trim_end_matches("-->")).map_err(wrong)?;
            is_told = true;
        } else if let Some(language) = line.trim_start().strip_prefix("```") {
            let indent = line.len() - line.trim_start().len();
            let mut script = String::new();
            loop {
                let (_, inner) = lines.next().ok_or_else(|| wrong("a block does not end".to_owned()))?;
                if inner.trim_start().starts_with("```") {
                    break;
                }
                script.push_str(inner.get(indent..).unwrap_or_default());
                script.push('\n');
            }
            if language == "sh" {
                blocks.push(Block { line: at + 1, script, ..std::mem::take(&mut next) });
                is_told = false;
            }
        } else if is_told && !line.trim().is_empty() {
            return Err(wrong("what is said of a test stands right before its block".to_owned()));
        }
    }
    Ok(blocks)
}

#[test]
fn blocks_are_parsed_with_control_comments() {
    let text = "Words\n\n<!-- test: on sqlite mariadb -->\n<!-- test: prepare\none\ntwo\n-->\n<!-- test: exit 8 -->\n\
        ```sh\na\n\nb\n```\n```toml\nc\n```\n<!-- test: skip it is slow -->\n\n```sh\nd\n```\n";
    let blocks = parse(text).unwrap();
    assert_eq!(blocks.len(), 2);
    assert_eq!((blocks[0].script.as_str(), blocks[0].exit, blocks[0].line), ("a\n\nb\n", 8, 9));
    assert_eq!(blocks[0].prepare, ["one\ntwo\n"]);
    assert!(blocks[0].is_for(Engine::Mariadb) && !blocks[0].is_for(Engine::Postgres));
    assert_eq!(blocks[1].skip.as_deref(), Some("it is slow"));
    for wrong in [
        "<!-- test: skip -->\n",
        "<!-- test: on oracle -->\n",
        "<!-- test: fresh -->\nwords\n",
        "```sh\n",
        "<!-- test: x -->",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}
