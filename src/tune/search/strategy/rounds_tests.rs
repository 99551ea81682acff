use super::*;

fn brackets(max_epochs: usize, factor: usize) -> Brackets {
    Brackets::hyperband().with(Some(max_epochs), Some(factor), None).unwrap()
}

/// Runs all brackets with one worker; trials with the numbers in `fails` fail.
fn play(brackets: &Brackets, fails: &[u64]) -> Vec<Arc<Trial>> {
    let mut trials: Vec<Arc<Trial>> = Vec::new();
    while let Step::Begin(round) = brackets.next(&trials, Direction::Minimize, &[]) {
        let number = trials.len() as u64;
        let failed = fails.contains(&number);
        // Promoted trials have their parent's value, so that the ranking never changes.
        let value = match round.parent {
            Some(parent) => trials[parent as usize].objective().unwrap(),
            None => ((number * 7919) % 101) as f64,
        };
        trials.push(Arc::new(Trial {
            id: number as i64,
            number,
            state: if failed { TrialState::Fail } else { TrialState::Complete },
            values: if failed { vec![] } else { vec![value] },
            params: round.params(brackets),
            intermediate: Default::default(),
            user: Default::default(),
            system: Default::default(),
            started: None,
            completed: None,
        }));
        assert!(trials.len() < 1000);
    }
    trials
}

// KerasTuner 1.4.8, `HyperbandOracle(max_epochs=..., factor=...)`: `_get_size` and
// `_get_epochs` of each bracket and round.
#[test]
fn sizes_and_epochs_are_kerastuners() {
    let rows = |max, factor| -> Vec<[usize; 4]> {
        let b = brackets(max, factor);
        let rounds = |k: usize| (0..=k).map(move |r| (k, r));
        let all = b.brackets().into_iter().flat_map(rounds);
        all.map(|(k, r)| [k, r, b.size(k, r), b.epochs(k, r)]).collect()
    };
    assert_eq!(
        rows(10, 3),
        [[2, 0, 12, 2], [2, 1, 4, 4], [2, 2, 2, 10], [1, 0, 6, 4], [1, 1, 2, 10], [0, 0, 4, 10]]
    );
    assert_eq!(rows(1, 3), [[0, 0, 1, 1]]);
    assert_eq!(
        rows(100, 3)[..5],
        [[4, 0, 98, 2], [4, 1, 33, 4], [4, 2, 11, 12], [4, 3, 4, 34], [4, 4, 2, 100]]
    );
}

#[test]
fn every_round_is_filled_with_the_best() {
    let b = brackets(10, 3);
    let trials = play(&b, &[]);
    assert_eq!(trials.len(), 12 + 4 + 2 + 6 + 2 + 4);
    let round = |t: &Trial| Round::of(t).unwrap();
    let first: Vec<f64> = trials[..12].iter().map(|t| t.values[0]).collect();
    let mut best = first.clone();
    best.sort_by(f64::total_cmp);
    let promoted: Vec<f64> = trials[12..16].iter().map(|t| t.values[0]).collect();
    assert_eq!(promoted, best[..4]);
    assert_eq!(round(&trials[12]).initial_epoch, 2);
    assert_eq!(round(&trials[17]).epochs, 10);
    assert_eq!(b.next(&trials, Direction::Minimize, &[]), Step::Done);
    assert!(b.table().to_string().contains("30 trials"), "{}", b.table());
    let halving = Brackets::halving().with(Some(10), None, None).unwrap();
    assert_eq!(play(&halving, &[]).len(), 18);
}

#[test]
fn failed_trials_leave_their_places_to_others() {
    let trials = play(&brackets(10, 3), &[0, 3, 12, 13, 17]);
    // Round 1 is still full although two of its trials failed; so is round 2, with the two left.
    assert_eq!(trials.len(), 30);
    let trials = play(&brackets(10, 3), &(0..11).collect::<Vec<_>>());
    // One trial is left in the first bracket, and continues alone.
    assert_eq!(trials.len(), 12 + 1 + 1 + 6 + 2 + 4);
    assert_eq!(play(&brackets(10, 3), &(0..1000).collect::<Vec<_>>()).len(), 12 + 6 + 4);
}

#[test]
fn running_trials_are_waited_for_and_nothing_is_promoted_too_early() {
    let b = brackets(3, 3);
    let mut trials = play(&b, &[]);
    trials.truncate(3);
    let run = |t: &mut Arc<Trial>| {
        let t = Arc::make_mut(t);
        (t.state, t.values) = (TrialState::Running, vec![]);
    };
    // Bracket 1 has 3 trials in round 0 and 1 in round 1.
    run(&mut trials[2]);
    match b.next(&trials, Direction::Minimize, &[]) {
        Step::Begin(r) => assert_eq!((r.bracket, r.round), (0, 0)),
        other => panic!("{other:?}"),
    }
    let only = Brackets { only_first: true, ..b };
    assert_eq!(only.next(&trials, Direction::Minimize, &[]), Step::Wait);
}

#[test]
fn few_combinations_make_small_rounds_and_the_table_says_so() {
    for cells in [1, 2, 6, 20, 97] {
        let b = brackets(100, 3).of_cells(Some(cells));
        let trials = play(&b, &[]);
        assert_eq!(trials.len(), b.trials());
        assert!(b.table().to_string().contains(&format!(": {} trials", trials.len())));
        let last = |t: &&Arc<Trial>| Round::of(t).is_some_and(|r| r.round == 4);
        let promoted: Vec<_> = trials.iter().filter(last).collect();
        assert_eq!(promoted.len(), 2.min(cells), "{cells}");
        assert!(promoted.iter().all(|t| Round::of(t).unwrap().epochs == 100));
    }
    // A round that ended before it was full still promotes, and others begin.
    let b = brackets(10, 3);
    let mut trials = play(&b, &[]);
    trials.truncate(3);
    match b.next(&trials, Direction::Minimize, &[(0, 2)]) {
        Step::Begin(r) => assert_eq!((r.bracket, r.round), (2, 1)),
        other => panic!("{other:?}"),
    }
    match b.next(&[], Direction::Minimize, &[(0, 2)]) {
        Step::Begin(r) => assert_eq!((r.bracket, r.round), (1, 0)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    assert!(Brackets::hyperband().with(Some(0), None, None).is_err());
    assert!(Brackets::hyperband().with(None, Some(1), None).is_err());
    assert!(Brackets::hyperband().with(None, None, Some(0)).is_err());
}
