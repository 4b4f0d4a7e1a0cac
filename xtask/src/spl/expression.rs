//! Expressions of `eval` and `where`: the operators and functions that shipped searches use, and no others.
//!
//! A value is null, a text, a number, a truth or a list. As Splunk's Search Reference says: a text that reads as a number
//! compares as one; a comparison with null is neither true nor false, and `where` keeps only what is true.

use super::Row;
use super::functions::call;
use super::tokens::{Token, fields, tokens};
use crate::Result;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Number(f64),
    Truth(bool),
    List(Vec<String>),
}

use Value::{List, Null, Number, Text, Truth};

impl Value {
    pub fn of(values: Option<&Vec<String>>) -> Self {
        match values.map(Vec::as_slice) {
            None | Some([]) => Null,
            Some([one]) => Text(one.clone()),
            Some(more) => List(more.to_vec()),
        }
    }

    /// The values of a field that is set to this; a truth cannot be one.
    pub fn into_field(self) -> Option<Vec<String>> {
        match self {
            Null => Some(Vec::new()),
            Text(text) => Some(vec![text]),
            Number(number) => Some(vec![number.to_string()]),
            List(values) => Some(values),
            Truth(_) => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Number(number) => Some(*number),
            Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Text(text) => Some(text.clone()),
            Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn list(self) -> Vec<String> {
        self.into_field().unwrap_or_default()
    }
}

/// The value of an expression over a row, at a time.
pub fn evaluate(text: &str, row: &Row, now: i64) -> Result<Value> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, row, now };
    let value = reader.any()?;
    if reader.tokens.is_empty() { Ok(value) } else { Err(format!("`{text}` goes on where it should end, at {:?}", reader.tokens[0])) }
}

struct Reader<'a> {
    tokens: &'a [Token],
    row: &'a Row,
    now: i64,
}

impl Reader<'_> {
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        match self.tokens.first() {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                self.tokens = &self.tokens[1..];
                Some(sign)
            }
            _ => None,
        }
    }

    fn word(&mut self, wanted: &str) -> bool {
        let is = matches!(self.tokens.first(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(wanted));
        if is {
            self.tokens = &self.tokens[1..];
        }
        is
    }

    fn any(&mut self) -> Result<Value> {
        let mut left = self.all()?;
        while self.word("or") {
            let right = self.all()?;
            left = Truth(left == Truth(true) || right == Truth(true));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Value> {
        let mut left = self.not()?;
        while self.word("and") {
            let right = self.not()?;
            left = Truth(left == Truth(true) && right == Truth(true));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Value> {
        if self.word("not") {
            return Ok(match self.not()? {
                Truth(truth) => Truth(!truth),
                _ => Null,
            });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Value> {
        let left = self.sum()?;
        let Some(sign) = self.take(&["==", "!=", "<=", ">=", "=", "<", ">"]) else { return Ok(left) };
        let right = self.sum()?;
        let order = match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            // A number and a text that is none do not compare.
            _ if matches!(left, Number(_)) || matches!(right, Number(_)) => None,
            _ => left.text().zip(right.text()).map(|(left, right)| left.cmp(&right)),
        };
        Ok(order.map_or(Null, |order| {
            Truth(match sign {
                "==" | "=" => order.is_eq(),
                "!=" => order.is_ne(),
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                "<" => order.is_lt(),
                _ => order.is_gt(),
            })
        }))
    }

    fn sum(&mut self) -> Result<Value> {
        let mut left = self.product()?;
        while let Some(sign) = self.take(&["+", "-", "."]) {
            let right = self.product()?;
            left = match sign {
                "." => left.text().zip(right.text()).map_or(Null, |(left, right)| Text(left + &right)),
                _ => left.number().zip(right.number()).map_or(Null, |(a, b)| Number(if sign == "+" { a + b } else { a - b })),
            };
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Value> {
        let mut left = self.one()?;
        while let Some(sign) = self.take(&["*", "/", "%"]) {
            let right = self.one()?;
            left = left.number().zip(right.number()).filter(|(_, b)| sign == "*" || *b != 0.0).map_or(Null, |(a, b)| {
                Number(match sign {
                    "*" => a * b,
                    "/" => a / b,
                    _ => a % b,
                })
            });
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Value> {
        if self.take(&["("]).is_some() {
            let value = self.any()?;
            return self.take(&[")"]).map(|_| value).ok_or_else(|| "a parenthesis is not closed".into());
        }
        if self.take(&["-"]).is_some() {
            return Ok(self.one()?.number().map_or(Null, |number| Number(-number)));
        }
        let (first, rest) = self.tokens.split_first().ok_or("an expression ends too early")?;
        self.tokens = rest;
        match first {
            Token::Quoted(text) => Ok(Text(text.clone())),
            Token::Number(number) => Ok(Number(*number)),
            Token::Sign(sign) => Err(format!("`{sign}` stands where a value should")),
            Token::Name(name) if self.take(&["("]).is_none() => Ok(Value::of(self.row.get(name))),
            Token::Name(name) if name == "mvfilter" => self.filtered(),
            Token::Name(name) => {
                let mut args = Vec::new();
                while self.take(&[")"]).is_none() {
                    args.push(self.any()?);
                    if self.take(&[","]).is_none() && !matches!(self.tokens.first(), Some(Token::Sign(")"))) {
                        return Err(format!("the arguments of {name} do not end"));
                    }
                }
                call(name, args, self.now)
            }
        }
    }

    /// `mvfilter(condition)`: the values of the one field in it for which it is true.
    fn filtered(&mut self) -> Result<Value> {
        let start = self.tokens;
        self.any()?;
        let used = start.len() - self.tokens.len();
        let fields = fields(&start[..used]);
        let (1, Some(field), Some(_)) = (fields.len(), fields.first(), self.take(&[")"])) else {
            return Err("mvfilter takes a condition on one field".into());
        };
        let mut kept = Vec::new();
        for value in self.row.get(field).into_iter().flatten() {
            let row = [(field.clone(), vec![value.clone()])].into();
            if (Reader { tokens: &start[..used], row: &row, now: self.now }).any()? == Truth(true) {
                kept.push(value.clone());
            }
        }
        Ok(Value::of(Some(&kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Value {
        let row = [("n", vec!["0.50"]), ("s", vec!["Ab"]), ("m", vec!["a", "b", "c"]), ("e", vec![])];
        let row = row.map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect())).into();
        evaluate(text, &row, 1_700_000_000).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn operators_bind_as_in_the_search_reference() {
        assert_eq!(of("1+2*3 = 7 AND NOT n > 0.5"), Truth(true));
        assert_eq!(of("(1+2)*3"), Number(9.0));
        assert_eq!(of("n < 1 OR nothing > 1"), Truth(true));
        assert_eq!(of("s . \"-\" . n"), Text("Ab-0.50".into()));
        assert_eq!(of("-n + 1"), Number(0.5));
        assert_eq!(of("7 % 4 / 2"), Number(1.5));
        assert_eq!(of("1 / 0"), Null);
    }

    #[test]
    fn null_is_neither_true_nor_false() {
        assert_eq!(of("e = \"\""), Null);
        assert_eq!(of("NOT e = 1"), Null);
        assert_eq!(of("if(e > 1, \"y\", \"n\")"), Text("n".into()));
        assert_eq!(of("isnull(e) AND isnotnull(s)"), Truth(true));
    }

    #[test]
    fn numbers_compare_as_numbers_and_texts_with_their_case() {
        assert_eq!(of("n = 0.5"), Truth(true));
        assert_eq!(of("\"10\" > \"9\""), Truth(true));
        assert_eq!(of("s = \"ab\""), Truth(false));
        assert_eq!(of("lower(s) == \"ab\""), Truth(true));
    }

    #[test]
    fn what_it_does_not_know_it_refuses() {
        for text in ["strptime(s, \"x\")", "n >", "(n", "\"x", "n 1", "s like \"a\"", "mvindex(m, 1, 0)", "[", "if(n)"] {
            assert!(evaluate(text, &Row::new(), 0).is_err(), "{text}");
        }
    }
}
