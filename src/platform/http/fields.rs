//! Decoding `name=value&…` strictly, and reading it into a type.
//!
//! Stricter than the framework: bytes that are not UTF-8 and NUL are refused rather than replaced,
//! and a field given twice is refused unless the type asks for a list.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

use super::{Error, FieldProblem};

/// The decoded pairs, in the order in which names first appear.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, Vec<String>)>);

/// Different names: more than any page of ours has. Each is compared with those before it.
const MAX_NAMES: usize = 256;
/// Fields altogether: a list of rows repeats the same few names.
const MAX_FIELDS: usize = 32 * 1024;

const TOO_MANY: Error = Error::Malformed(std::borrow::Cow::Borrowed(
    "The request has more fields than any page here would send.",
));
const NOT_TEXT: Error = Error::Malformed(std::borrow::Cow::Borrowed(
    "The request contains bytes that are not UTF-8 text, or a NUL.",
));

impl Fields {
    /// Decodes `application/x-www-form-urlencoded`, up to [`MAX_NAMES`] and [`MAX_FIELDS`].
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Self::default();
        let pairs = bytes
            .split(|&byte| byte == b'&')
            .filter(|pair| !pair.is_empty());
        for (count, pair) in pairs.enumerate() {
            if count == MAX_FIELDS || fields.0.len() > MAX_NAMES {
                return Err(TOO_MANY);
            }
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let name = percent_decode(halves.next().unwrap_or_default())?;
            let value = percent_decode(halves.next().unwrap_or_default())?;
            fields.add(name, value);
        }
        Ok(fields)
    }

    /// The same, with NUL characters taken out; says whether there were any.
    pub(crate) fn decode_without_nul(bytes: &[u8]) -> Result<(Self, bool), Error> {
        let mut clean = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((&first, after)) = rest.split_first() {
            if first == 0 {
                rest = after;
            } else if let Some(after) = rest.strip_prefix(b"%00") {
                rest = after;
            } else {
                clean.push(first);
                rest = after;
            }
        }
        Ok((Self::decode(&clean)?, clean.len() != bytes.len()))
    }

    fn add(&mut self, name: String, value: String) {
        if let Some((_, values)) = self.0.iter_mut().find(|(known, _)| *known == name) {
            values.push(value);
        } else {
            self.0.push((name, vec![value]));
        }
    }

    /// Takes a field out; `None` if it is missing or was given twice.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        let (_, mut values) = self.0.remove(index);
        (values.len() == 1).then(|| values.pop()).flatten()
    }

    /// All pairs, those of one name together.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.as_str(), value.as_str()))
        })
    }

    /// Reads the fields into a type; problems name their field.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Error> {
        let mut map = Map {
            fields: self.0.into_iter(),
            next: None,
        };
        T::deserialize(MapDeserializer(&mut map)).map_err(|problem| {
            let field = problem.field.unwrap_or_else(|| "form".to_owned());
            Error::Invalid(vec![FieldProblem::new(field, problem.message)])
        })
    }
}

pub(super) fn percent_decode(bytes: &[u8]) -> Result<String, Error> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.split_at_checked(2).filter(|_| first == b'%');
        let escaped = pair.and_then(|(pair, after)| {
            let pair = str::from_utf8(pair).ok()?;
            let hexadecimal = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
            let byte = hexadecimal
                .then(|| u8::from_str_radix(pair, 16).ok())
                .flatten()?;
            Some((byte, after))
        });
        let (byte, after) = match (first, escaped) {
            (_, Some(escaped)) => escaped,
            (b'+', None) => (b' ', after),
            (byte, None) => (byte, after),
        };
        if byte == 0 {
            return Err(NOT_TEXT);
        }
        decoded.push(byte);
        rest = after;
    }
    String::from_utf8(decoded).map_err(|_not_utf8| NOT_TEXT)
}

/// What is wrong, and with which field.
#[derive(Debug)]
struct Problem {
    field: Option<String>,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: fmt::Display>(msg: T) -> Self {
        Self {
            field: None,
            message: msg.to_string(),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: "This is needed.".to_owned(),
        }
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: "There is no such field.".to_owned(),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!(
            "\"{variant}\" is not one of {}.",
            expected.join(", ")
        ))
    }
}

struct Map {
    fields: std::vec::IntoIter<(String, Vec<String>)>,
    next: Option<(String, Vec<String>)>,
}

struct MapDeserializer<'a>(&'a mut Map);

impl<'de> de::Deserializer<'de> for MapDeserializer<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> de::MapAccess<'de> for MapDeserializer<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        self.0.next = self.0.fields.next();
        let Some((name, _)) = &self.0.next else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Problem> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let (name, values) = self.0.next.take().unwrap_or_default();
        seed.deserialize(Values(values)).map_err(|mut problem| {
            problem.field.get_or_insert(name);
            problem
        })
    }
}

/// All values given for one name.
struct Values(Vec<String>);

impl Values {
    fn only(mut self) -> Result<String, Problem> {
        match (self.0.pop(), self.0.is_empty()) {
            (Some(value), true) => Ok(value),
            _ => Err(de::Error::custom("This was given more than once.")),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $what:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let number = self.only()?.trim().parse().map_err(|_| {
                <Problem as de::Error>::custom(concat!("This must be ", $what, "."))
            })?;
            visitor.$visit(number)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Values {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_string(self.only()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.only()?.as_str() {
            "true" | "on" | "1" | "yes" => visitor.visit_bool(true),
            "false" | "off" | "0" | "no" | "" => visitor.visit_bool(false),
            _ => Err(de::Error::custom("This must be true or false.")),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 "a whole number"
        deserialize_i16 visit_i16 "a whole number"
        deserialize_i32 visit_i32 "a whole number"
        deserialize_i64 visit_i64 "a whole number"
        deserialize_u8 visit_u8 "a whole number"
        deserialize_u16 visit_u16 "a whole number"
        deserialize_u32 visit_u32 "a whole number"
        deserialize_u64 visit_u64 "a whole number"
        deserialize_f32 visit_f32 "a number"
        deserialize_f64 visit_f64 "a number"
    }

    /// An empty field of a form is no value.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if matches!(self.0.as_slice(), [only] if only.is_empty()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(List(self.0.into_iter()))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let only = self.only()?;
        let value: StrDeserializer<'_, Problem> = only.as_str().into_deserializer();
        value.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier
    }
}

struct List(std::vec::IntoIter<String>);

impl<'de> de::SeqAccess<'de> for List {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Problem> {
        self.0
            .next()
            .map(|value| seed.deserialize(Values(vec![value])))
            .transpose()
    }
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
