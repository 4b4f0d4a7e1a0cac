//! A table with a header: CSV as Splunk, spreadsheets and scripts write it.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::{ANSWER, Broken, CLIENT, Input, QUERY, Record, SERVER, TIME, address, is_ours, object, time};

pub(super) struct Table {
    rows: Reader<Input>,
    header: Vec<String>,
    /// Where the columns lie.
    answer: usize,
    columns: [Option<usize>; 4],
    ended: bool,
}

impl Table {
    /// Reads the header. Without the column that holds the answer there is nothing to read.
    pub(super) fn new(input: Input, field: Option<String>) -> std::io::Result<Self> {
        let mut rows = ReaderBuilder::new().flexible(true).from_reader(input);
        let header: Vec<String> = rows.byte_headers()?.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let header: Vec<String> = header.into_iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let place = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column == name));
        let answer = field.as_deref().map_or_else(|| place(&ANSWER), |field| place(&[field])).ok_or_else(|| {
            let wanted = field.unwrap_or_else(|| ANSWER.join(" or "));
            let shown: String = header.join(", ").chars().take(200).flat_map(char::escape_debug).collect();
            std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("its header has no column {wanted}; it has {shown}; name the one that holds the answer with --field"),
            )
        })?;
        let columns = [place(&TIME), place(&CLIENT), place(&SERVER), place(&QUERY)];
        Ok(Self { rows, header, answer, columns, ended: false })
    }
}

impl Iterator for Table {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut row = ByteRecord::new();
        match self.rows.read_byte_record(&mut row) {
            Ok(false) => None,
            Ok(true) => {
                let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).unwrap_or_default();
                let shown = |place| String::from_utf8_lossy(cell(place)).into_owned();
                if row.get(self.answer).is_none() {
                    let line = row.position().map_or(0, csv::Position::line);
                    return Some(Err(Broken::line(line, format!("it has {} cells and none for the answer", row.len()))));
                }
                let [at, client, server, query] = self.columns;
                let members = self.header.iter().enumerate().filter(|(_, name)| !is_ours(name));
                Some(Ok(Record {
                    time: time(&shown(at)),
                    client: address(shown(client)),
                    server: address(shown(server)),
                    query: shown(query),
                    answer: cell(Some(self.answer)).to_vec(),
                    object: Some(object(members.map(|(place, name)| (&**name, shown(Some(place)).into())))),
                }))
            }
            Err(error) => {
                self.ended = true;
                let line = self.rows.position().line();
                Some(Err(Broken::line(line, format!("the rest cannot be read: {error}"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn table(bytes: &[u8], field: Option<&str>) -> std::io::Result<Vec<Result<Record, Broken>>> {
        Ok(Table::new(Box::new(Cursor::new(bytes.to_vec())), field.map(str::to_owned))?.collect())
    }

    #[test]
    fn cells_are_found_by_their_column() {
        let bytes = b"\xef\xbb\xbf_time,src,query,answer,pred_is_unknown\n1700000000,192.0.2.7,a.example,\"v=spf1, x\",1\nshort\n,,,,\n";
        let rows = table(bytes, None).unwrap();
        let row = rows[0].as_ref().unwrap();
        assert_eq!((&*row.client, &*row.query, &*row.answer), ("192.0.2.7", "a.example", &b"v=spf1, x"[..]));
        assert_eq!(row.time.unwrap().unix_timestamp(), 1_700_000_000);
        assert_eq!(row.object.as_deref(), Some(r#"{"_time":"1700000000","src":"192.0.2.7","query":"a.example","answer":"v=spf1, x"}"#));
        assert_eq!(rows[1].as_ref().unwrap_err().to_string(), "line 3: it has 1 cells and none for the answer");
        assert_eq!(rows[2].as_ref().unwrap().answer, b"");
    }

    #[test]
    fn a_header_without_the_answer_says_what_there_is() {
        let error = table(b"a,b\n1,2\n", None).unwrap_err().to_string();
        assert_eq!(error, "its header has no column text or answer; it has a, b; name the one that holds the answer with --field");
        assert_eq!(table(b"a,b\n1,2\n", Some("b")).unwrap()[0].as_ref().unwrap().answer, b"2");
    }
}
