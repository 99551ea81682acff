//! Brackets in small spaces.

use super::*;

/// A space of six combinations.
fn six(hp: &mut Hp) -> Result<Model> {
    let units = hp.choice("units", [2, 3, 4]);
    net(units, hp.choice("activation", [Relu, Tanh]), 0.01)
}

#[test]
fn what_brackets_announce_is_what_runs_however_few_the_combinations() {
    for (search, cells) in [
        (Hyperband::new(six).max_epochs(9).factor(3), 6),
        (SuccessiveHalving::new(six).max_epochs(27).factor(3), 6),
        (Hyperband::new(|_| net(2, Relu, 0.01)).max_epochs(9).factor(3), 1),
    ] {
        let table = search.brackets().unwrap();
        let announced: usize = table.rows().iter().map(|r| r[2].parse::<usize>().unwrap()).sum();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a.db");
        let search = quiet(search).workers(1);
        let trials = search.run(&data(), &place).unwrap().trials().unwrap();
        assert_eq!(trials.len(), announced, "{table}");
        assert!(table.to_string().contains(&format!("have {cells} combinations")), "{table}");
        // Every row of the table, with as many trials as it says.
        for row in table.rows() {
            let [bracket, round, size, ..] = row.as_slice() else { panic!("{row:?}") };
            let is = |t: &Trial, name: &str, text: &String| {
                t.param(name).unwrap().value().to_string() == *text
            };
            let here = trials
                .iter()
                .filter(|t| is(t, "tuner/bracket", bracket) && is(t, "tuner/round", round));
            let mut tried: Vec<String> = here
                .map(|t| {
                    let own = t.params.iter().filter(|p| !p.name.starts_with("tuner/"));
                    own.map(|p| p.value().to_string()).collect::<Vec<_>>().join(" ")
                })
                .collect();
            assert_eq!(tried.len().to_string(), *size, "{row:?}");
            tried.sort();
            tried.dedup();
            assert_eq!(tried.len().to_string(), *size, "no bracket tries a combination twice");
        }
        let again = search.run(&data(), &place).unwrap();
        assert_eq!(again.trials().unwrap().len(), announced, "there is nothing left to do");
    }
}

#[test]
fn a_round_that_cannot_be_filled_still_promotes() {
    // Continuous ranges are not counted, although this one has a single value.
    let build = |hp: &mut Hp| net(hp.choice("units", [2, 3]), Tanh, hp.float("rate", 0.01..=0.01));
    let search = Hyperband::new(build).max_epochs(9).factor(3);
    let study = quiet(search.clone()).run(&data(), "memory").unwrap();
    let trials = study.trials().unwrap();
    let of = |name: &str| trials.iter().map(|t| t.param(name).unwrap().value()).collect::<Vec<_>>();
    assert!(of("tuner/round").contains(&Choice::Int(2)), "{:?}", of("tuner/round"));
    assert!(of("tuner/bracket").contains(&Choice::Int(0)));
    assert_eq!(of("tuner/epochs").iter().filter(|e| **e == Choice::Int(9)).count(), 1 + 2 + 2);
}
