//! The trait of values that a cell shows.

use super::text::{debug, list};
use crate::html::escape;
use std::fmt::Debug;

/// One form of a value: a MIME type and the content, base64 where it is binary.
pub type Form = (&'static str, String);

/// A value with rich forms of output: HTML, an image, JSON, text.
///
/// Lists, options, results, tuples and pointers of such values are shown by the forms of their
/// contents. Implement this trait to show your own types in a cell:
///
/// ```
/// use dfdx_lab::show::{Form, Rich};
/// struct Mouse(&'static str);
/// impl Rich for Mouse {
///     fn forms(&self) -> Vec<Form> {
///         vec![("text/html", format!("<b>{}</b>", self.0)), ("text/plain", self.0.to_string())]
///     }
/// }
/// assert_eq!(Some(Mouse("M1")).forms(), Mouse("M1").forms());
/// ```
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` has no form of its own to display",
    note = "write `println!(\"{{:?}}\", value)`, or make it the last line of a cell"
)]
pub trait Rich {
    /// The forms, the richest one first; an empty list shows nothing.
    fn forms(&self) -> Vec<Form>;
}

impl Rich for () {
    /// No forms: a cell that ends with a `println!` or a loop shows nothing.
    fn forms(&self) -> Vec<Form> {
        Vec::new()
    }
}

/// The single form of a plain text.
pub(super) fn plain(text: String) -> Vec<Form> {
    vec![("text/plain", text)]
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Rich for $type {
            fn forms(&self) -> Vec<Form> {
                plain(debug(self))
            }
        }
    )*};
}

as_text!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char, str,
    String
);

macro_rules! as_what_it_points_to {
    ($($type:ty),*) => {$(
        impl<T: Rich + ?Sized> Rich for $type {
            fn forms(&self) -> Vec<Form> {
                (**self).forms()
            }
        }
    )*};
}

as_what_it_points_to!(&T, &mut T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T>);

impl<T: Rich> Rich for Option<T> {
    fn forms(&self) -> Vec<Form> {
        match self {
            None => plain("None".to_string()),
            Some(value) => {
                let forms = value.forms();
                match &forms[..] {
                    [("text/plain", text)] => plain(format!("Some({text})")),
                    _ => forms,
                }
            }
        }
    }
}

impl<T: Rich, E: Debug> Rich for Result<T, E> {
    fn forms(&self) -> Vec<Form> {
        match self {
            Err(error) => plain(format!("Err({})", debug(error))),
            Ok(value) => {
                let forms = value.forms();
                match &forms[..] {
                    [("text/plain", text)] => plain(format!("Ok({text})")),
                    [] => plain("Ok(())".to_string()),
                    _ => forms,
                }
            }
        }
    }
}

impl<T: Rich> Rich for [T] {
    fn forms(&self) -> Vec<Form> {
        let pictures = self.first().is_some_and(|value| is_rich(&value.forms()));
        match pictures {
            true => beneath(self.iter().map(|value| value.forms()).collect()),
            false => plain(list(self.len(), &|i| text_of(&self[i].forms()))),
        }
    }
}

impl<T: Rich> Rich for Vec<T> {
    fn forms(&self) -> Vec<Form> {
        self[..].forms()
    }
}

impl<T: Rich, const N: usize> Rich for [T; N] {
    fn forms(&self) -> Vec<Form> {
        self[..].forms()
    }
}

macro_rules! tuples {
    ($(($($type:ident $field:tt),+))*) => {$(
        impl<$($type: Rich),+> Rich for ($($type,)+) {
            fn forms(&self) -> Vec<Form> {
                let all = vec![$(self.$field.forms()),+];
                match all.iter().any(|forms| is_rich(forms)) {
                    true => beneath(all),
                    false => {
                        let texts: Vec<String> = all.iter().map(|forms| text_of(forms)).collect();
                        let comma = if texts.len() == 1 { "," } else { "" };
                        plain(format!("({}{comma})", texts.join(", ")))
                    }
                }
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, F 4)
    (A 0, B 1, C 2, D 3, F 4, G 5)
}

fn is_rich(forms: &[Form]) -> bool {
    forms.iter().any(|(mime, _)| *mime != "text/plain")
}

fn text_of(forms: &[Form]) -> String {
    let text = forms.iter().find(|(mime, _)| *mime == "text/plain");
    text.map_or("()".to_string(), |(_, text)| text.clone())
}

/// Combines the forms of several values, one below the other.
fn beneath(all: Vec<Vec<Form>>) -> Vec<Form> {
    let html = |forms: &Vec<Form>| {
        let of = |mime: &str| forms.iter().find(|form| form.0 == mime).map(|form| &form.1);
        match (of("text/html"), of("image/svg+xml"), of("image/png")) {
            (Some(html), ..) => html.clone(),
            (None, Some(svg), _) => svg.clone(),
            (None, None, Some(png)) => format!("<img src=\"data:image/png;base64,{png}\">"),
            _ => format!("<pre>{}</pre>", escape(&text_of(forms))),
        }
    };
    let page: Vec<String> = all.iter().map(|forms| format!("<div>{}</div>", html(forms))).collect();
    let texts: Vec<String> = all.iter().map(|forms| text_of(forms)).collect();
    vec![("text/html", page.join("\n")), ("text/plain", texts.join("\n"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    #[test]
    fn containers_have_the_forms_of_what_is_in_them() {
        let array = Array::new([1, 2], vec![1.0, 2.0]).unwrap();
        assert_eq!(Some(array.clone()).forms(), array.forms());
        assert_eq!(Ok::<_, String>(&array).forms(), array.forms());
        let both = vec![array.clone(), array.clone()].forms();
        assert_eq!(both[0].1.matches("<div>").count(), 2);
        let mixed = (array, 0.5).forms();
        assert!(mixed[0].1.contains("<pre>0.5</pre>"), "{mixed:?}");
    }

    #[test]
    fn plain_values_read_as_rust_writes_them() {
        let text = |forms: Vec<Form>| forms[0].1.clone();
        assert_eq!(text(vec![1.5, 2.0].forms()), format!("{:?}", vec![1.5, 2.0]));
        assert_eq!(text(Some("a").forms()), "Some(\"a\")");
        assert_eq!(text((1, 'x', "y").forms()), format!("{:?}", (1, 'x', "y")));
        assert_eq!(text((1,).forms()), "(1,)");
        assert_eq!(text(None::<i32>.forms()), "None");
        assert_eq!(text(Err::<i32, _>("no").forms()), "Err(\"no\")");
        assert!(().forms().is_empty());
    }
}
