//! How far a listing goes, and from where: parameters that several routes have.

use testrunner_core::Seq;

use crate::problem::Problem;

/// How often a parameter may be repeated.
const REPEATED: usize = 16;

/// A limit that was asked for, within bounds.
///
/// # Errors
/// It is 0 or more than allowed.
pub(crate) fn limit(asked: Option<u32>, default: u32, most: u32) -> Result<u32, Problem> {
    match asked.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(Problem::invalid("limit", format!("it must be 1 to {most}"))),
    }
}

/// The event to go on after; the first one comes after 0.
///
/// # Errors
/// There can be no such event.
pub(crate) fn after(asked: Option<i64>) -> Result<Seq, Problem> {
    match asked.unwrap_or_default() {
        after if after >= 0 => Ok(Seq(after)),
        _ => Err(Problem::invalid("after", "it must be 0 or the number of an event")),
    }
}

/// # Errors
/// A parameter is repeated more often than anybody needs.
pub(crate) fn check_count(field: &str, count: usize) -> Result<(), Problem> {
    if count > REPEATED {
        return Err(Problem::invalid(field, format!("it may be given {REPEATED} times at the most")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_bounds() {
        assert_eq!((limit(None, 50, 500).unwrap(), limit(Some(500), 50, 500).unwrap()), (50, 500));
        assert_eq!((after(None).unwrap(), after(Some(7)).unwrap()), (Seq(0), Seq(7)));
        assert!(check_count("label", 16).is_ok());
        for problem in [
            limit(Some(0), 50, 500).unwrap_err(),
            limit(Some(501), 50, 500).unwrap_err(),
            after(Some(-1)).unwrap_err(),
            check_count("label", 17).unwrap_err(),
        ] {
            assert_eq!((problem.status().as_u16(), problem.code()), (422, "invalid"));
        }
    }
}
