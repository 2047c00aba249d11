//! The JUnit report, read back by an XML parser.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::harness::{Place, Result};

/// A `testcase` with its attributes and what stands in it.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) attributes: BTreeMap<String, String>,
    /// `failure`, `error` or `skipped`, with its attributes.
    pub(crate) status: Option<(String, BTreeMap<String, String>)>,
    pub(crate) text: BTreeMap<String, String>,
}

impl Case {
    pub(crate) fn name(&self) -> (&str, &str) {
        let get = |name| self.attributes.get(name).map_or("", String::as_str);
        (get("classname"), get("name"))
    }

    pub(crate) fn kind(&self) -> &str {
        self.status.as_ref().map_or("", |(kind, _)| kind)
    }

    pub(crate) fn status_type(&self) -> &str {
        self.status.as_ref().and_then(|(_, attributes)| attributes.get("type")).map_or("", String::as_str)
    }
}

/// All cases of a report, and the attributes of its root.
pub(crate) fn parse(xml: &str) -> Result<(BTreeMap<String, String>, Vec<Case>)> {
    let mut reader = Reader::from_str(xml);
    let (mut root, mut cases, mut inside) = (BTreeMap::new(), Vec::<Case>::new(), Vec::<String>::new());
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                open(&start, &mut root, &mut cases)?;
                inside.push(name(&start));
            }
            Event::Empty(start) => open(&start, &mut root, &mut cases)?,
            Event::End(_) => drop(inside.pop()),
            Event::Text(text) => {
                if let (Some(case), Some(element)) = (cases.last_mut(), inside.last()) {
                    case.text.entry(element.clone()).or_default().push_str(&text);
                }
            }
            Event::GeneralRef(reference) => {
                if let (Some(case), Some(element)) = (cases.last_mut(), inside.last()) {
                    let known =
                        |name: &str| quick_xml::escape::resolve_predefined_entity(name).map(str::to_owned);
                    let character = reference.resolve_char_ref()?.map(String::from);
                    let meant =
                        character.or_else(|| known(&reference)).ok_or("an entity that XML does not have")?;
                    case.text.entry(element.clone()).or_default().push_str(&meant);
                }
            }
            Event::Eof => return Ok((root, cases)),
            _ => {}
        }
    }
}

fn open(start: &BytesStart<'_>, root: &mut BTreeMap<String, String>, cases: &mut Vec<Case>) -> Result {
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute?;
        let key = attribute.key.as_ref().to_owned();
        attributes.insert(key, attribute.normalized_value(XmlVersion::Explicit1_0)?.into_owned());
    }
    match name(start).as_str() {
        "testsuites" => *root = attributes,
        "testcase" => cases.push(Case { attributes, ..Case::default() }),
        kind @ ("failure" | "error" | "skipped") => {
            if let Some(case) = cases.last_mut() {
                case.status = Some((kind.to_owned(), attributes));
            }
        }
        _ => {}
    }
    Ok(())
}

fn name(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

#[test]
fn nothing_red_is_lost() -> Result {
    let place = Place::new()?;
    place.write(
        "tests/test_all.py",
        "import os, pytest\n\
         class TestThing:\n    @pytest.mark.parametrize('x', ['a::b', '\\uffff<&>'])\n    def test_p(self, x): pass\n\
         def test_bad():\n    print('said \\x1b[31m]]> \\x00\\ufffe')\n    assert 0, 'no & <b>'\n\
         @pytest.fixture\ndef broken(): raise OSError('gone')\n\
         def test_error(broken): pass\n\
         def test_skip(): pytest.skip('not today')\n\
         @pytest.mark.xfail(reason='known')\ndef test_known(): assert 0\n",
    )?;
    place.write("test_crash.py", "import os\ndef test_dies():\n    os.abort()\n")?;
    place.write("test_exit.py", "import os\nos._exit(3)\n")?;
    place.run(["run", "--junit", "out.xml"])?.expect(1);
    let written = std::fs::read_to_string(place.work().join("out.xml"))?;
    let (root, cases) = parse(&written)?;
    let found: BTreeMap<(&str, &str), (&str, &str)> =
        cases.iter().map(|case| (case.name(), (case.kind(), case.status_type()))).collect();
    let wanted = [
        (("tests.test_all.TestThing", "test_p[a::b]"), ("", "")),
        (("tests.test_all", "test_bad"), ("failure", "failed")),
        (("tests.test_all", "test_error"), ("error", "error")),
        (("tests.test_all", "test_skip"), ("skipped", "skipped")),
        (("tests.test_all", "test_known"), ("skipped", "xfailed")),
        (("test_crash", "test_dies"), ("error", "crashed")),
        (("test_exit", "[file]"), ("error", "crashed")),
    ];
    for (name, status) in wanted {
        assert_eq!(found.get(&name), Some(&status), "{name:?} in {written}");
    }
    assert_eq!(found.len(), 8, "{found:?}");
    assert_eq!((root["tests"].as_str(), root["failures"].as_str()), ("8", "1"));
    assert_eq!((root["errors"].as_str(), root["skipped"].as_str()), ("3", "2"));
    let bad = cases.iter().find(|case| case.name().1 == "test_bad").ok_or("no test_bad")?;
    assert_eq!(bad.attributes["file"], "tests/test_all.py");
    assert_eq!(bad.attributes["line"], "5");
    assert!(bad.attributes["time"].parse::<f64>().is_ok_and(|time| (0.0..60.0).contains(&time)));
    assert!(bad.text["system-out"].starts_with("said "), "{:?}", bad.text);
    // The same again from what is stored, to standard output.
    let again = place.run(["junit", "1"])?.expect(0);
    assert_eq!(again.stdout, written);
    place.run(["junit", "1", "copy.xml"])?.expect(0);
    assert_eq!(std::fs::read_to_string(place.work().join("copy.xml"))?, written);
    Ok(())
}
