//! What a person is told of the way in which a cell ended.

use super::cell::FAULT;
use super::failure::Failure;
use super::output::How;
use super::parse;
use super::session::Session;

/// How a cell has ended, as the client is told it. `lost` are the variables that went with it,
/// `asked` whether the person has asked to stop.
pub fn result(
    how: How,
    session: &Session,
    cell: u64,
    lost: &[String],
    asked: bool,
) -> Result<(), Failure> {
    let kept = "Variables of earlier cells are kept; those of this cell are not.";
    match how {
        How::Well => Ok(()),
        How::Stopped => Err(Failure::interrupted().line(kept)),
        How::Left(code) => Err(Failure::new("Exit", format!("the cell ended itself ({code})"))
            .line(kept)
            .line("To end or restart the kernel itself, use Jupyter's menu Kernel.")),
        How::Abandoned(..) if asked => Err(Failure::interrupted()
            .line("It did not react to the stop, so the kernel left it where it was.")
            .line(lost_with_it(lost, "Other variables, "))),
        How::Abandoned(why, spot) => {
            let damaged = why.starts_with(FAULT);
            let place = spot.as_ref().and_then(|s| session.place(&s.file, s.line, s.column));
            let text = match spot {
                Some(spot) if !spot.message.is_empty() => format!("{why}: {}", spot.message),
                _ => why,
            };
            let failure = Failure::new("Crash", text)
                .at(place.as_ref(), cell)
                .line(lost_with_it(lost, "Other variables, "));
            Err(match damaged {
                true => failure.line(
                    "Memory may be damaged: save what you need, then restart the kernel \
                     (Kernel > Restart).",
                ),
                false => failure,
            })
        }
        How::Failed(spot) => {
            let text = if spot.message.is_empty() { "a `?` met an error" } else { &spot.message };
            let mut place = session.place(&spot.file, spot.line, spot.column);
            if let Some(place) = &mut place
                && let Some(mark) = parse::question_mark(&place.source.text, place.range.start)
                && place.source.text[place.range.start..mark.start].contains('\n')
            {
                place.range = mark;
            }
            Err(Failure::new("Error", text).at(place.as_ref(), cell))
        }
        How::Panicked(spot) => {
            let text = if spot.message.is_empty() { "the cell panicked" } else { &spot.message };
            let place = session.place(&spot.file, spot.line, spot.column);
            let mut failure = Failure::new("Panic", text).at(place.as_ref(), cell);
            if place.is_none() && !spot.file.is_empty() {
                failure = failure.line(format!("at {}:{}", spot.file, spot.line));
            }
            Err(failure.line(kept))
        }
    }
}

/// Which variables are lost with a cell that crashed, and what is kept; `others` is the beginning
/// of that sentence.
pub fn lost_with_it(lost: &[String], others: &str) -> String {
    match lost {
        [] => "Variables of earlier cells are kept; those of this cell are not.".to_owned(),
        lost => format!(
            "These variables are lost with it: {}. {others}`use` lines, functions and types are kept. \
             Run the cells that make the lost ones again.",
            lost.join(", ")
        ),
    }
}
