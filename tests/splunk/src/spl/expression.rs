//! Expressions of `eval` and `where`: the operators that shipped searches use.
//!
//! From Splunk's Search Reference: a text that reads as a number compares as one. A comparison with null is neither true nor
//! false, and `where` keeps only what is true.

use super::functions::call;
use super::table::Row;
use super::tokens::{Token, fields, tokens};
use super::value::Value::{self, List, Null, Number, Text, Truth};
use crate::Result;

/// The value of an expression over a row, at a time.
///
/// # Errors
/// If the expression is malformed or calls a function that is not supported.
pub fn evaluate(text: &str, row: &Row, now: i64) -> Result<Value> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, row, now };
    let value = reader.any()?;
    if reader.tokens.is_empty() { Ok(value) } else { Err(format!("`{text}` has more than one expression, from {:?}", reader.tokens[0])) }
}

struct Reader<'a> {
    tokens: &'a [Token],
    row: &'a Row,
    now: i64,
}

impl<'a> Reader<'a> {
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        match self.tokens.first() {
            Some(Token::Operator(sign)) if signs.contains(sign) => {
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
        one_value_each(&left, &right)?;
        let order = match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            // A number does not compare with a text that is not a number.
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
            one_value_each(&left, &right)?;
            left = match sign {
                "+" if left.number().is_none() && right.number().is_none() => {
                    left.text().zip(right.text()).map_or(Null, |(left, right)| Text(left + &right))
                }
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
            one_value_each(&left, &right)?;
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
            Token::Operator(sign) => Err(format!("`{sign}` is not a value")),
            Token::Name(name) if self.take(&["("]).is_none() => Ok(Value::of(self.row.get(name))),
            Token::Name(name) if name == "mvfilter" => self.filtered(),
            Token::Name(name) if name == "mvmap" => self.mapped(),
            Token::Name(name) => {
                let mut args = Vec::new();
                while self.take(&[")"]).is_none() {
                    args.push(self.any()?);
                    if self.take(&[","]).is_none() && !matches!(self.tokens.first(), Some(Token::Operator(")"))) {
                        return Err(format!("the arguments of {name} are not closed"));
                    }
                }
                call(name, args, self.now)
            }
        }
    }

    /// `mvfilter(condition)`: the values of the one field in it for which it is true.
    fn filtered(&mut self) -> Result<Value> {
        let condition = self.rest_of_call();
        let fields = fields(condition);
        let (1, Some(field), Some(_)) = (fields.len(), fields.first(), self.take(&[")"])) else {
            return Err("mvfilter takes a condition on one field".into());
        };
        let mut kept = Vec::new();
        for value in self.row.get(field).into_iter().flatten() {
            if self.with(field, value, condition)? == Truth(true) {
                kept.push(value.clone());
            }
        }
        Ok(Value::of(Some(&kept)))
    }

    /// `mvmap(field, expression)`: the expression for each value of the field, without those that are null.
    fn mapped(&mut self) -> Result<Value> {
        let [Token::Name(field), Token::Operator(","), ..] = self.tokens else {
            return Err("mvmap takes a field and an expression".into());
        };
        self.tokens = &self.tokens[2..];
        let expression = self.rest_of_call();
        self.take(&[")"]).ok_or("the arguments of mvmap are not closed")?;
        let mut mapped = Vec::new();
        for value in self.row.get(field).into_iter().flatten() {
            mapped.extend(self.with(field, value, expression)?.list());
        }
        Ok(Value::of(Some(&mapped)))
    }

    /// The tokens up to the parenthesis that closes the call, and passes them.
    fn rest_of_call(&mut self) -> &'a [Token] {
        let mut depth = 0;
        let end = self.tokens.iter().position(|token| match token {
            Token::Operator("(") => {
                depth += 1;
                false
            }
            Token::Operator(")") if depth > 0 => {
                depth -= 1;
                false
            }
            token => *token == Token::Operator(")"),
        });
        let (expression, rest) = self.tokens.split_at(end.unwrap_or(self.tokens.len()));
        self.tokens = rest;
        expression
    }

    /// The value of an expression where a field has one of its values.
    fn with(&self, field: &str, value: &str, expression: &[Token]) -> Result<Value> {
        let mut row = self.row.clone();
        row.insert(field.to_owned(), vec![value.to_owned()]);
        let mut reader = Reader { tokens: expression, row: &row, now: self.now };
        let value = reader.any()?;
        if reader.tokens.is_empty() { Ok(value) } else { Err(format!("more than one expression, from {:?}", reader.tokens[0])) }
    }
}

/// What an operator does with several values is not modelled.
fn one_value_each(left: &Value, right: &Value) -> Result<()> {
    let several = matches!(left, List(_)) || matches!(right, List(_));
    if several { Err("an operator on a field with several values is not supported".into()) } else { Ok(()) }
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
    fn unsupported_expressions_are_refused() {
        for text in ["strptime(s, \"x\")", "n >", "(n", "\"x", "n 1", "s like \"a\"", "[", "if(n)", "len(m)", "m = \"a\"", "m . s"] {
            let row = [("m".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into();
            assert!(evaluate(text, &row, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn functions_follow_the_search_reference() {
        assert_eq!(of("coalesce(e, s)"), Text("Ab".into()));
        assert_eq!(of("case(n > 1, \"a\", true(), \"b\")"), Text("b".into()));
        assert_eq!(of("substr(\"äbcd\", 2, 2)"), Text("bc".into()));
        assert_eq!(of("floor(tonumber(\"7.9\"))"), Number(7.0));
        assert_eq!(of("mvindex(m, 0)"), Text("a".into()));
        assert_eq!(of("mvindex(m, 0, 1)"), List(vec!["a".into(), "b".into()]));
        assert_eq!(of("mvcount(m)"), Number(3.0));
        assert_eq!(of("mvappend(s, e, \"x\")"), List(vec!["Ab".into(), "x".into()]));
        assert_eq!(of("mvjoin(m, \"|\")"), Text("a|b|c".into()));
        assert_eq!(of("round(2 / 3, 2)"), Number(0.67));
        assert_eq!(of("in(s, \"x\", \"Ab\")"), Truth(true));
        assert_eq!(of("cidrmatch(\"10.0.0.0/8\", \"10.1.2.3\")"), Truth(true));
        assert_eq!(of("cidrmatch(\"0.0.0.0/0\", \"no address\")"), Truth(false));
        assert_eq!(of("mvfilter(m != \"b\" AND NOT match(m, \"^[x-z]\"))"), List(vec!["a".into(), "c".into()]));
        assert_eq!(of("mvmap(m, if(m > s, m . n, null()))"), List(vec!["a0.50".into(), "b0.50".into(), "c0.50".into()]));
        assert_eq!(of("mvmap(m, if(m = \"b\", m, null()))"), Text("b".into()));
        assert_eq!(of("split(\"a b\", \" \")"), List(vec!["a".into(), "b".into()]));
        assert_eq!(of("replace(\"1.2.3\", \"^(\\d)[.](\\d).*\", \"\\2-\\1\")"), Text("2-1".into()));
        assert_eq!(of("strftime(relative_time(now(), \"-14d@d\"), \"%Y-%m-%d\")"), Text("2023-10-31".into()));
        assert_eq!(of("now()"), Number(1_700_000_000.0));
        assert_eq!(of("sha256(\"abc\")"), Text("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into()));
        assert_eq!(of("\"a \\\"quote\\\", | and \\\\\""), Text("a \"quote\", | and \\".into()));
    }
}
