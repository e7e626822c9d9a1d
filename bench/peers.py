"""Forecasts of the same file by yiwang, LightGBM and AutoETS, scored on the same cases: `make bench-peers`.

Usage: peers.py YIWANG OBSERVATIONS TRAIN_UNTIL TEST_UNTIL

All learn from the days before TRAIN_UNTIL and forecast 15 to 60 minutes ahead from every origin with at least four
intervals of its day behind and four ahead. The errors are those of `yiwang backtest`, non-zero truth.
- LightGBM: for each horizon one model of all series on raw lags, the day type's mean at the target, the interval, the
  day type and the series.
- AutoETS: for each series on the residual about the day type's mean (its own season is limited to 24 intervals), fitted
  once and carried forward to every origin.
"""

import gzip
import json
import subprocess
import sys
import time

import lightgbm
import numpy
from statsforecast.models import AutoETS

HORIZONS = [1, 2, 3, 4]
CONTEXT = 4
LAGS = 8


def read(path):
    """Days × intervals × series, and the days' dates."""
    values, times, names = {}, set(), {}
    with gzip.open(path, "rt") as file:
        next(file)
        for line in file:
            stamp, name, result = line.rstrip("\n").rsplit(",", 2)
            times.add(stamp[:16])
            values[stamp[:16], names.setdefault(name, len(names))] = float(result) if result else numpy.nan
    dates = sorted({stamp[:10] for stamp in times})
    clocks = sorted({stamp[11:] for stamp in times})
    table = numpy.full((len(dates), len(clocks), len(names)), numpy.nan)
    for day, date in enumerate(dates):
        for slot, clock in enumerate(clocks):
            for series in range(len(names)):
                table[day, slot, series] = values.get((f"{date}T{clock}", series), numpy.nan)
    return table, dates


def day_type_means(table, weekend, train):
    """For each day the mean of the other training days of its type, of all past ones in the test."""
    means = numpy.empty_like(table)
    for day in range(len(table)):
        past = range(train) if day < train else range(day)
        same = [other for other in past if weekend[other] == weekend[day] and other != day]
        means[day] = numpy.nanmean(table[same], axis=0)
    return means


def errors(table, forecast, train, ahead):
    """Absolute errors over non-zero truth; forecast[day, origin, series]."""
    origins = numpy.arange(CONTEXT - 1, table.shape[1] - max(HORIZONS))
    truth, said = table[train:, origins + ahead], forecast[train:, origins]
    held = truth > 0
    return float(numpy.abs(truth - said)[held].mean())


def by_lightgbm(table, means, weekend, train):
    days, slots, series = table.shape
    out, train_s, forecast_s = {}, 0.0, 0.0
    for ahead in HORIZONS:
        origins = numpy.arange(LAGS - 1, slots - ahead)
        shape = (days, len(origins), series)
        columns = [table[:, origins - lag] for lag in range(LAGS)]
        columns += [means[:, origins + ahead], means[:, origins]]
        columns += [numpy.broadcast_to(origins[None, :, None], shape)]
        columns += [numpy.broadcast_to(weekend[:, None, None], shape)]
        columns += [numpy.broadcast_to(numpy.arange(series)[None, None, :], shape)]
        rows = numpy.stack(columns, axis=-1)
        target = table[:, origins + ahead]
        settings = {"objective": "l1", "num_leaves": 63, "learning_rate": 0.08, "verbose": -1, "num_threads": 1}
        started = time.perf_counter()
        data = lightgbm.Dataset(rows[:train].reshape(-1, rows.shape[-1]), target[:train].reshape(-1))
        model = lightgbm.train(settings, data, num_boost_round=200)
        train_s += time.perf_counter() - started
        started = time.perf_counter()
        said = model.predict(rows[train:].reshape(-1, rows.shape[-1]), num_threads=1)
        forecast_s += time.perf_counter() - started
        forecast = numpy.full_like(table, numpy.nan)
        forecast[train:, origins] = said.reshape(days - train, len(origins), series)
        # Origins with fewer lags of their day are forecast by the mean.
        early = numpy.arange(CONTEXT - 1, LAGS - 1)
        forecast[:, early] = means[:, early + ahead]
        out[ahead] = errors(table, forecast, train, ahead)
    ticks = (days - train) * slots * series
    return {"mae": out, "train_s": train_s, "series_ticks_per_s": ticks / forecast_s}


def by_ets(table, means, train):
    days, slots, series = table.shape
    residuals = table - means
    forecasts = {ahead: means.copy() for ahead in HORIZONS}
    train_s = forecast_s = 0.0
    ticks = 0
    for one in range(series):
        started = time.perf_counter()
        model = AutoETS(season_length=1).fit(residuals[:train, :, one].reshape(-1))
        train_s += time.perf_counter() - started
        started = time.perf_counter()
        for day in range(train, days):
            for origin in range(CONTEXT - 1, slots - max(HORIZONS)):
                said = model.forward(residuals[day, : origin + 1, one], h=max(HORIZONS))["mean"]
                ticks += 1
                for ahead in HORIZONS:
                    # The forecast of an origin stands at the origin.
                    forecasts[ahead][day, origin, one] = max(0.0, means[day, origin + ahead, one] + said[ahead - 1])
        forecast_s += time.perf_counter() - started
    mae = {ahead: errors(table, forecasts[ahead], train, ahead) for ahead in HORIZONS}
    return {"mae": mae, "train_s": train_s, "series_ticks_per_s": ticks / forecast_s}


def by_yiwang(program, path, train_until, test_until, more):
    command = [program, "backtest", "--observations", path, "--train-until", train_until, "--test-until", test_until]
    command += ["--horizons", "15m,30m,45m,60m", "--min-context", str(CONTEXT), "--json", *more]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    pick = lambda method: {at + 1: method(horizon)["mae_nonzero"] for at, horizon in enumerate(report["horizons"])}
    return report, {
        "mae": pick(lambda horizon: horizon["model"]),
        "train_s": report["train_s"],
        "series_ticks_per_s": report["series_ticks_per_s_per_core"],
    }


def main():
    program, path, train_until, test_until = sys.argv[1:]
    table, dates = read(path)
    table, dates = table[: sum(date < test_until[:10] for date in dates)], [d for d in dates if d < test_until[:10]]
    train = sum(date < train_until[:10] for date in dates)
    weekend = numpy.array([numpy.datetime64(date, "D").astype(int) % 7 in (2, 3) for date in dates]).astype(int)
    means = day_type_means(table, weekend, train)
    report, trees = by_yiwang(program, path, train_until, test_until, [])
    _, linear = by_yiwang(program, path, train_until, test_until, ["--without-trees"])
    floor = {at + 1: horizon["baselines"]["ridge"]["mae_nonzero"] for at, horizon in enumerate(report["horizons"])}
    results = {
        "yiwang": trees,
        "yiwang, no trees": linear,
        "ridge floor": {"mae": floor, "train_s": None, "series_ticks_per_s": None},
        "LightGBM": by_lightgbm(table, means, weekend, train),
        "AutoETS": by_ets(table, means, train),
    }
    print(f"{'':18}" + "".join(f"{15 * ahead:>8} min" for ahead in HORIZONS) + "   train s   series-ticks/s")
    for name, result in results.items():
        row = "".join(f"{result['mae'][ahead]:12.2f}" for ahead in HORIZONS)
        timed = [result["train_s"], result["series_ticks_per_s"]]
        print(f"{name:18}{row}" + "".join(f"{'-' if value is None else f'{value:.1f}':>12}" for value in timed))


main()
