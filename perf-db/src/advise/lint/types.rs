//! Types, by the numbers that PostgreSQL has given them for good.

use sqlparser::ast::{
    ArrayElemTypeDef, DataType, Expr, TimezoneInfo, UnaryOperator, Value, ValueWithSpan,
};
use tokio_postgres::types::{Kind, Type};

use super::block::Reading;
use super::parameters::parameter;
use super::scope::{bare, parts};
use crate::advise::schema::Column;

/// The type that an expression surely has. Texts in quotes take the type of what they meet, so
/// they have none.
pub(crate) fn of_value(reading: &Reading<'_>, place: usize, expr: &Expr) -> Option<Type> {
    match bare(expr) {
        Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
            Some(match digits.parse::<i64>() {
                Ok(number) if i32::try_from(number).is_ok() => Type::INT4,
                Ok(_) => Type::INT8,
                Err(_) => Type::NUMERIC,
            })
        }
        Expr::Value(value) => {
            let number = parameter(&value.value)?.checked_sub(1)?;
            Type::from_oid(*reading.parameter_types.get(number)?)
        }
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
            of_value(reading, place, expr)
        }
        Expr::Cast { data_type, .. } => named(data_type),
        expr => Type::from_oid(reading.column(place, expr)?.column.type_oid),
    }
}

/// The type of the elements, for the array behind `= any`.
pub(crate) fn of_element(array: &Type) -> Option<Type> {
    match array.kind() {
        Kind::Array(element) => Some(element.clone()),
        _ => None,
    }
}

/// The type that SQL names so.
pub(crate) fn named(data_type: &DataType) -> Option<Type> {
    Some(match data_type {
        DataType::Int2(_) | DataType::SmallInt(_) => Type::INT2,
        DataType::Int(_) | DataType::Int4(_) | DataType::Integer(_) => Type::INT4,
        DataType::Int8(_) | DataType::BigInt(_) => Type::INT8,
        DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_) => Type::NUMERIC,
        DataType::Real | DataType::Float4 => Type::FLOAT4,
        DataType::Double(_) | DataType::DoublePrecision | DataType::Float8 => Type::FLOAT8,
        DataType::Text => Type::TEXT,
        DataType::Varchar(_) | DataType::CharacterVarying(_) | DataType::CharVarying(_) => {
            Type::VARCHAR
        }
        DataType::Char(_) | DataType::Character(_) => Type::BPCHAR,
        DataType::Date => Type::DATE,
        DataType::Time(_, zone) => match has_zone(zone) {
            true => Type::TIMETZ,
            false => Type::TIME,
        },
        DataType::Timestamp(_, zone) => match has_zone(zone) {
            true => Type::TIMESTAMPTZ,
            false => Type::TIMESTAMP,
        },
        DataType::Interval { .. } => Type::INTERVAL,
        DataType::Uuid => Type::UUID,
        DataType::Bool | DataType::Boolean => Type::BOOL,
        DataType::Bit(_) => Type::BIT,
        DataType::BitVarying(_) | DataType::VarBit(_) => Type::VARBIT,
        DataType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => array_of(named(element)?)?,
        DataType::Custom(name, _) => match &*parts(name)?.1 {
            "name" => Type::NAME,
            "bpchar" => Type::BPCHAR,
            _ => return None,
        },
        _ => return None,
    })
}

fn has_zone(zone: &TimezoneInfo) -> bool {
    matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
}

/// Of the types that [`converts`] knows.
fn array_of(element: Type) -> Option<Type> {
    let arrays = [
        Type::INT2_ARRAY,
        Type::INT4_ARRAY,
        Type::INT8_ARRAY,
        Type::NUMERIC_ARRAY,
        Type::FLOAT4_ARRAY,
        Type::FLOAT8_ARRAY,
        Type::TEXT_ARRAY,
        Type::VARCHAR_ARRAY,
        Type::BPCHAR_ARRAY,
        Type::NAME_ARRAY,
        Type::TIMETZ_ARRAY,
        Type::INTERVAL_ARRAY,
        Type::VARBIT_ARRAY,
    ];
    arrays.into_iter().find(|array| of_element(array).as_ref() == Some(&element))
}

/// Whether the server converts the column, and not the value, to compare it with a value of this
/// type: no operator of the index's family takes both, and the value's type is the wider one.
///
/// A test asks PostgreSQL for each pair of types.
pub(crate) fn converts(column: &Column, value: &Type) -> bool {
    let values: &[Type] = match Type::from_oid(column.type_oid) {
        Some(Type::INT2 | Type::INT4 | Type::INT8) => &[Type::NUMERIC, Type::FLOAT4, Type::FLOAT8],
        Some(Type::NUMERIC) => &[Type::FLOAT4, Type::FLOAT8],
        // A name is compared by a collation of its own.
        Some(Type::TEXT) => &[Type::NAME],
        Some(Type::VARCHAR) => &[Type::BPCHAR, Type::NAME],
        Some(Type::BPCHAR) => &[Type::TEXT, Type::NAME],
        Some(Type::TIME) => &[Type::TIMETZ, Type::INTERVAL],
        Some(Type::BIT) => &[Type::VARBIT],
        None if column.type_name.ends_with("citext") => {
            &[Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME]
        }
        _ => &[],
    };
    values.contains(value)
}

/// Whether a cast of a column to this type changes nothing that an index is sorted by.
pub(crate) fn is_the_same(column: &Column, cast: &Type) -> bool {
    match Type::from_oid(column.type_oid) {
        Some(Type::VARCHAR) => [Type::TEXT, Type::VARCHAR].contains(cast),
        Some(Type::TEXT) => [Type::TEXT, Type::VARCHAR].contains(cast),
        Some(Type::CIDR) => [Type::INET, Type::CIDR].contains(cast),
        Some(own) => own == *cast,
        None => false,
    }
}
