//! One of each plot, and the tests that all of them must pass.
//!
//! `DFDX_LAB_GALLERY=folder cargo test --lib gallery` writes them to files for a look.

use super::draw::style::{INK, ramp};
use super::*;
use crate::prelude::*;
use crate::train::History;

fn text(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| n.to_string()).collect()
}

/// Numbers that look random, from 0 to 1.
fn noise(n: usize) -> Vec<f64> {
    let step = |x: &mut u64| {
        *x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some((*x >> 33) as f64 / (1u64 << 31) as f64)
    };
    (0..n).scan(7u64, |x, _| step(x)).collect()
}

fn runs() -> Vec<History> {
    let run = |seed: usize| {
        let mut history = History::default();
        for (epoch, wobble) in noise(40).into_iter().skip(seed).step_by(2).take(12).enumerate() {
            let loss = 1.0 / (epoch as f64 + 1.0) + 0.05 * wobble;
            let logs = [
                ("loss", loss),
                ("accuracy", 0.95 - 0.4 * loss),
                ("val_loss", loss + 0.1),
                ("val_accuracy", 0.9 - 0.4 * loss),
            ];
            history.push(epoch, &logs.map(|(name, v)| (name.to_string(), v)));
        }
        history
    };
    (0..3).map(run).collect()
}

fn study() -> Study {
    let study = Study::open("memory", "net", [Direction::Maximize]).unwrap().seed(7).unwrap();
    let kinds = ["relu", "sigmoid", "tanh"];
    study
        .optimize(24, |trial| {
            let rate: f64 = trial.log_float("learning_rate", 1e-4..=1e-1);
            let units: i64 = trial.int("units", 4..=32);
            let kind = trial.choice("activation", kinds);
            let bonus = if kind == "relu" { 0.05 } else { 0.0 };
            let value = 0.9 - 0.05 * (rate.log10() + 2.0).powi(2) + bonus;
            for epoch in 1..=4 {
                trial.report(epoch, value * (1.0 - 0.5 / epoch as f64))?;
            }
            Ok(value + 0.001 * units as f64)
        })
        .unwrap();
    study
}

fn of_data() -> Vec<(&'static str, Figure)> {
    let classes = text(&["Rem", "Wake", "Slow wave"]);
    let labels: Vec<usize> = noise(300).iter().map(|v| (v * v * 3.0) as usize).collect();
    let other: Vec<usize> =
        labels.iter().zip(noise(300)).map(|(l, v)| if v > 0.8 { 2 - l } else { *l }).collect();
    let x: Vec<f64> = (0..40).map(|i| f64::from(i) / 4.0).collect();
    let wave = |f: fn(f64) -> f64| x.iter().map(|x| f(*x)).collect::<Vec<f64>>();
    let series = [
        ("sin x".to_string(), wave(f64::sin)),
        ("cos x".to_string(), wave(f64::cos)),
        ("the same as cos x".to_string(), wave(f64::cos)),
    ];
    let spread: Vec<f32> = labels
        .iter()
        .zip(noise(300))
        .flat_map(|(l, v)| {
            (1..=20).map(move |c| ((*l as f64 + 1.5 * v) / f64::from(c)).exp() as f32)
        })
        .collect();
    let features = Array::new([300, 20], spread).unwrap();
    let columns: Vec<String> = (0..4).map(|i| format!("EEG {i} Hz")).collect();
    let four = features.data().chunks(20).flat_map(|r| r[..4].to_vec()).collect();
    let four = Array::new([300, 4], four).unwrap();
    let hertz: Vec<f64> = (1..=20).map(f64::from).collect();
    let digits = crate::data::datasets::mnist_quick().unwrap().train;
    let weights = |scale: f64| -> Vec<Vec<f32>> {
        let sum = |w: &[f64]| w.iter().sum::<f64>() - 1.5;
        let layer = |n: f64| noise(200).windows(3).map(|w| (sum(w) * scale / n) as f32).collect();
        [1.0, 2.0, 3.0].map(layer).to_vec()
    };
    let layers = text(&["dense/kernel", "dense_1/kernel", "dense_2/kernel"]);
    let relu: Vec<f32> = (0..8 * 100).map(|i| ((i % 37) as f32 / 16.0 - 0.5).max(0.0)).collect();
    let scores = [
        ("accuracy".to_string(), vec![0.93, 0.951, 0.948]),
        ("f1_score".to_string(), vec![0.91, 0.94, 0.921]),
    ];
    vec![
        ("bars", bars(&text(&["raw", "HOG", "CNN"]), &scores).unwrap()),
        (
            "bars_of",
            bars_of(
                &text(&["raw", "HOG", "CNN"]),
                &[(
                    "accuracy".to_string(),
                    vec![vec![0.91, 0.93, 0.95], vec![0.95, 0.96], vec![0.97]],
                )],
            )
            .unwrap(),
        ),
        (
            "lines_tried",
            lines_with(
                &[1.0, 8.0, 64.0, 512.0],
                &[("val_accuracy".to_string(), vec![0.91, 0.93, 0.94, 0.9])],
                &PlotOptions::new().x_label("batch size").level(0.945, "reported"),
            )
            .unwrap(),
        ),
        ("captions", {
            let names =
                ["naïve cafe\u{301}", "Ωμέγα", "Привет", "漢字 かな", "עברית العربية", "🙂 ไทย"];
            samples(&Array::zeros([6, 28, 28]).unwrap(), &text(&names)).unwrap()
        }),
        ("boxes", boxes(&classes, &labels, &four, &columns).unwrap()),
        ("class_distribution", class_distribution(&classes, &labels).unwrap()),
        (
            "class_distribution_of",
            class_distribution_of(
                &classes,
                &[("training".to_string(), labels.clone()), ("test".to_string(), other.clone())],
            )
            .unwrap(),
        ),
        ("boxes_of", boxes_of(&[("first", noise(30)), ("second", noise(50))]).unwrap()),
        ("scatter", scatter(&noise(60)[..30], &noise(60)[30..]).unwrap()),
        ("scatter_by", {
            let by: Vec<&str> = labels.iter().map(|l| classes[*l].as_str()).collect();
            let column = |c: usize| features.data().iter().skip(c).step_by(20).copied();
            let options = PlotOptions::new().x_label("1 Hz").y_label("2 Hz").log_x(true);
            let (x, y): (Vec<f32>, Vec<f32>) = (column(0).collect(), column(1).collect());
            scatter_by_with(&x, &y, &by, &options).unwrap()
        }),
        ("histogram", histogram(&noise(500)).unwrap()),
        (
            "histogram_of",
            histogram_of(&[
                ("before", weights(0.2)[0].clone()),
                ("after", weights(0.5)[1].clone()),
            ])
            .unwrap(),
        ),
        ("heat_map", {
            let value = |i: i32| ((i / 5 - i % 5).pow(2) as f32 / -8.0 + 1.0).max(-0.8);
            let values = Array::new([5, 5], (0..25).map(value).collect()).unwrap();
            let names = ["sepal length", "sepal width", "petal length", "petal width", "species"];
            heat_map(&names, &names, &values).unwrap()
        }),
        ("heat_map_positive", {
            let values = Array::new([3, 4], (0..12).map(|i| i as f32 / 11.0).collect()).unwrap();
            let options = PlotOptions::new().x_label("neurons").y_label("rate");
            heat_map_with(&["0.1", "0.01", "0.001"], &["4", "8", "16", "32"], &values, &options)
                .unwrap()
        }),
        (
            "lines_of",
            lines_of(&[
                ("every day", vec![1, 2, 3, 4, 5, 6], vec![0.5, 0.6, 0.7, 0.7, 0.72, 0.74]),
                ("every other day", vec![1, 3, 5], vec![0.4, 0.5, 0.65]),
            ])
            .unwrap(),
        ),
        (
            "hog",
            Hog::new()
                .pixels_per_cell(7, 7)
                .plot(&digits.x().take(&[3]).unwrap().reshape([28, 28]).unwrap())
                .unwrap(),
        ),
        ("hypnogram", hypnogram(&classes, &labels, &other, 4.0).unwrap()),
        ("lines", lines(&x, &series).unwrap()),
        ("samples", digits.plot_samples(20).unwrap()),
        ("samples_of_feature_maps", samples(&Array::new([8, 10, 10], relu).unwrap(), &[]).unwrap()),
        ("spectra", spectra(&classes, &labels, &features, &hertz).unwrap()),
        (
            "violins",
            violins(
                &layers,
                &[("before".to_string(), weights(0.1)), ("after".to_string(), weights(0.4))],
            )
            .unwrap(),
        ),
    ]
}

fn of_training() -> Vec<(&'static str, Figure)> {
    let runs = runs();
    let (truth, predicted) = ([0, 0, 1, 1, 2, 2, 2, 2, 1, 0], [0, 0, 1, 2, 2, 2, 1, 2, 1, 1]);
    let classes = ["Rem", "Wake", "Slow wave"];
    let matrix = ConfusionMatrix::new(classes, &truth, &predicted).unwrap();
    let digits = crate::data::datasets::mnist_quick().unwrap().test.head(60).unwrap();
    let guess: Vec<usize> = digits
        .labels()
        .iter()
        .enumerate()
        .map(|(i, l)| if i % 7 == 0 { 9 - l } else { *l })
        .collect();
    let net =
        Sequential::new([8, 8, 1]).add(Conv2D::new(6, 3)).add(Flatten::new()).add(Dense::new(3));
    let model = net.compile(Sgd::new(0.1), "mse", ()).unwrap();
    let before: Vec<Array> = model
        .weights()
        .unwrap()
        .iter()
        .map(|w| {
            Array::new(w.shape().to_vec(), w.data().iter().map(|v| v * 0.5).collect()).unwrap()
        })
        .collect();
    let (across, up) = (noise(240)[..120].to_vec(), noise(240)[120..].to_vec());
    let labels: Vec<usize> =
        across.iter().zip(&up).map(|(x, y)| (x * 1.5 + y * 1.4) as usize).collect();
    let x: Vec<f32> = across.iter().zip(&up).flat_map(|(x, y)| [*x as f32, *y as f32]).collect();
    let x = Array::new([120, 2], x).unwrap();
    let three = Dataset::new(x.clone(), labels.clone(), classes).unwrap();
    let yes = labels.iter().map(|l| (*l).min(1)).collect();
    let two = Dataset::new(x, yes, ["no", "yes"]).unwrap().with_binary("yes").unwrap();
    let share =
        |l: &usize, c: usize, v: f64| 0.2 + 0.6 * f64::from(u8::from(*l == c)) * v + 0.1 * v;
    let outputs = labels
        .iter()
        .zip(noise(120))
        .flat_map(|(l, v)| (0..3).map(move |c| share(l, c, v) as f32))
        .collect();
    let outputs = Array::new([120, 3], outputs).unwrap();
    let sure =
        two.y().data().iter().zip(noise(120)).map(|(y, v)| 0.6 * v as f32 + 0.3 * y).collect();
    let sure = Array::new([120, 1], sure).unwrap();
    let wanted: Vec<f64> = across.iter().map(|v| 50.0 + 200.0 * v).collect();
    let found: Vec<f64> = wanted.iter().zip(&up).map(|(w, v)| 0.8 * w + 50.0 * v).collect();
    let net = Sequential::new([2])
        .add(Dense::new(8).activation(Tanh))
        .add(Dense::new(3).activation(Softmax));
    let plane = net.compile(Sgd::new(0.1), CategoricalCrossentropy::new(), ()).unwrap();
    vec![
        ("pairs", pairs(&three).unwrap()),
        ("roc", roc(&three, &outputs).unwrap()),
        ("precision_recall", precision_recall(&two, &sure).unwrap()),
        ("calibration", calibration(&three, &outputs).unwrap()),
        ("predicted_vs_true", predicted_vs_true(&wanted, &found).unwrap()),
        ("residuals", residuals(&wanted, &found).unwrap()),
        ("decision_boundary", decision_boundary(&plane, &three).unwrap()),
        ("history", runs[0].plot().unwrap()),
        ("folds", folds(&runs).unwrap()),
        ("confusion_matrix", matrix.plot().unwrap()),
        ("mismatches", mismatches(&digits, &guess, 12).unwrap()),
        ("weights", model.plot_weights().unwrap()),
        ("weights_since", model.plot_weights_since(&before).unwrap()),
        ("kernels", model.plot_kernels().unwrap()),
        ("graph", graph().plot_graph().unwrap()),
        ("graph_stack", model.plot_graph().unwrap()),
        (
            "grad_cam",
            looking(&digits.clone().head(20).unwrap())
                .plot_grad_cam(&digits.clone().head(20).unwrap(), 3)
                .unwrap(),
        ),
    ]
}

/// A small network trained to classify these digits.
fn looking(digits: &Dataset) -> Model {
    let net = Sequential::new([28, 28, 1])
        .add(Rescaling::new(1.0 / 255.0))
        .add(Conv2D::new(8, 5).strides(2).activation(Relu))
        .add(Conv2D::new(16, 3).activation(Relu))
        .add(GlobalAveragePooling2D::new())
        .add(Dense::new(10).activation(Softmax));
    let mut model = net.compile(Adam::new(0.005), "categorical_crossentropy", ()).unwrap();
    model.fit(digits, Fit::epochs(10).batch_size(5).verbose(0)).unwrap();
    model
}

/// A graph that branches, skips and merges.
fn graph() -> Model {
    let input = Input::new([28, 28, 1]).name("picture");
    let same = |filters| Conv2D::new(filters, 3).padding(Padding::Same).activation(Relu);
    let a = same(4).apply(&input);
    let b = same(4).apply(&a);
    let c = Add::new().apply([&a, &b]);
    let d = MaxPooling2D::new(3).strides(1).padding(Padding::Same).apply(&input);
    let all = Concatenate::new().apply([&c, &d, &a]);
    let gate = all.then(GlobalAveragePooling2D::new()).then(Dense::new(9).activation(Sigmoid));
    let gated = Multiply::new().apply([&all, &gate.then(Reshape::new([1, 1, 9]))]);
    let out = gated.then(GlobalAveragePooling2D::new()).then(Dense::new(3).activation(Softmax));
    Functional::new(&input, out.name("class")).compile("sgd", "mse", ()).unwrap()
}

fn of_searches() -> Vec<(&'static str, Figure)> {
    let study = study();
    vec![
        ("convergence", study.plot_convergence().unwrap()),
        ("regret", study.plot_regret(None).unwrap()),
        ("optimization_history", study.plot_optimization_history().unwrap()),
        ("evaluations", study.plot_evaluations().unwrap()),
        ("objective", study.plot_objective().unwrap()),
        ("parallel_coordinates", study.plot_parallel_coordinates().unwrap()),
        ("slices", study.plot_slices().unwrap()),
        ("importance", study.plot_importance().unwrap()),
        ("rungs", study.plot_rungs().unwrap()),
    ]
}

fn by_plotters() -> Figure {
    use plotters::prelude::{
        AreaSeries, BLUE, ChartBuilder, Circle, Color, Histogram, IntoFont, IntoSegmentedCoord,
        LineSeries, RED, WHITE,
    };
    Figure::draw((640, 420), |area| {
        area.fill(&WHITE)?;
        let (left, right) = area.split_horizontally(320);
        let mut chart = ChartBuilder::on(&left)
            .caption("Größe und Fläche", ("Arial", 18).into_font())
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(44)
            .build_cartesian_2d(-3.2f64..3.2, -1.1f64..1.1)?;
        chart.configure_mesh().x_desc("angle").y_desc("sine").draw()?;
        let points = || (-50..=50).map(|i| f64::from(i) / 16.0).map(|x| (x, x.sin()));
        chart.draw_series(AreaSeries::new(points(), 0.0, BLUE.mix(0.2)))?;
        chart
            .draw_series(LineSeries::new(points(), RED.stroke_width(2)))?
            .label("sin")
            .legend(|(x, y)| Circle::new((x + 8, y), 4, RED.filled()));
        chart
            .configure_series_labels()
            .border_style(INK)
            .background_style(WHITE.mix(0.8))
            .draw()?;
        let mut chart = ChartBuilder::on(&right)
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(44)
            .build_cartesian_2d((0u32..9).into_segmented(), 0u32..12)?;
        chart.configure_mesh().disable_x_mesh().draw()?;
        let values = noise(40).into_iter().map(|v| ((v * 9.0) as u32, 1));
        chart.draw_series(Histogram::vertical(&chart).style(ramp(0.6).filled()).data(values))?;
        Ok(())
    })
    .unwrap()
}

/// Two plots in one, through plotters.
fn two_in_one() -> Figure {
    let bars = bars_with(&["a", "b"], &[("n", vec![2.0, 3.0])], &PlotOptions::new().size(300, 200));
    let x: Vec<f64> = (0..30).map(f64::from).collect();
    let options = PlotOptions::new().size(300, 200).level(0.5, "half").y_label("random");
    let lines =
        lines_with(&x, &[("first", noise(30)), ("second", noise(60)[30..].to_vec())], &options);
    let (bars, lines) = (bars.unwrap(), lines.unwrap());
    Figure::draw((600, 200), |area| {
        let (left, right) = area.split_horizontally(300);
        bars.draw_on(&left)?;
        lines.draw_on(&right)?;
        Ok(())
    })
    .unwrap()
}

/// Every plot under its name.
fn all() -> Vec<(&'static str, Figure)> {
    let mut all = of_data();
    all.extend(of_training());
    all.extend(of_searches());
    all.push(("by_plotters", by_plotters()));
    all.push(("two_in_one", two_in_one()));
    all
}

#[test]
fn the_vector_shows_what_the_bitmap_shows() {
    let folder = std::env::var_os("DFDX_LAB_GALLERY").map(std::path::PathBuf::from);
    let all = all();
    for ((name, figure), ending) in all.iter().flat_map(|f| ["png", "svg", "pdf"].map(|e| (f, e))) {
        if let Some(folder) = &folder {
            figure.save(folder.join(format!("{name}.{ending}"))).unwrap();
        }
    }
    for (name, figure) in all {
        let svg = figure.to_svg().unwrap();
        let (size, pixels) = super::draw::svg_reader::picture(&svg);
        let shown = super::draw::svg_reader::pixels(figure.to_png()).1;
        assert_eq!(size, (2 * figure.width(), 2 * figure.height()), "{name}");
        let far = pixels.iter().zip(&shown).filter(|(a, b)| a.abs_diff(**b) > 48).count();
        // A few edges differ, because coordinates are rounded to a fiftieth of a pixel and rare
        // shades to the nearest colour of a palette.
        assert!(far * 500 < shown.len(), "{name}: {far} of {} differ", shown.len());
        let ink = shown.iter().filter(|v| **v < 200).count();
        assert!(ink * 500 > shown.len(), "{name}: nearly empty");
        assert!(figure.to_pdf().unwrap().ends_with(b"%%EOF"), "{name}");
        assert!(!figure.alt().is_empty(), "{name}");
    }
}
