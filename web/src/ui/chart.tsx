/**
 * Values over time, drawn by uPlot. What it shows is also said in words and, for those who ask, as a table: a canvas says
 * nothing to those who do not see it.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime, localTime } from '../lib/times.ts';
import type { Tone } from '../lib/tones.ts';
import { resolveColours, useThemeChange } from './chart-colours.ts';
import { useNow } from './now.tsx';

export interface ChartSeries {
  readonly name: string;
  readonly tone: Tone;
  /** What is drawn. */
  readonly values: readonly (number | null)[];
  /** What is said of it; default: what is drawn. */
  readonly said?: readonly (number | null)[];
}

export interface ChartProps {
  /** What it shows, in a sentence. */
  readonly summary: string;
  /** Seconds since 1970 UTC. */
  readonly times: readonly number[];
  /** From the back to the front: with `filled`, each covers the one before. */
  readonly series: readonly ChartSeries[];
  readonly filled?: boolean;
  readonly height?: number;
  readonly format: (value: number) => string;
  /** Marks before the names of series. */
  readonly mark?: (series: ChartSeries) => ReactNode;
}

const TABLE_ROWS = 24;

export function Chart({ summary, times, series, filled = false, height = 200, format, mark }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const theme = useThemeChange();
  const now = useNow();

  useEffect(() => {
    const element = box.current;
    if (!element || times.length === 0) return;
    const plot = new uPlot(
      optionsOf({ series, filled, height, format, width: element.clientWidth, onCursor: setAt, element }),
      [[...times], ...series.map(({ values }) => [...values])],
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
    // A changed theme means other colours.
  }, [times, series, filled, height, format, theme]);

  const last = times.length - 1;
  const index = at ?? last;
  const valueAt = ({ values, said = values }: ChartSeries, i: number) => said[i] ?? null;
  const said = (value: number | null) => (value === null ? '–' : format(value));
  const step = Math.max(1, Math.ceil(times.length / TABLE_ROWS));
  const sampled = times.map((_, i) => i).filter((i) => (last - i) % step === 0);
  return (
    <figure className="chart">
      <figcaption className="visually-hidden">{summary}</figcaption>
      <div className="chart-values" aria-hidden="true">
        {series.toReversed().map((each) => (
          <span key={each.name} className={`legend-item tone-${each.tone}`}>
            {mark?.(each)}
            <strong>{said(valueAt(each, index))}</strong> {each.name}
          </span>
        ))}
        {at !== null && times[at] !== undefined && (
          <span className="legend-item">{clockTime(times[at] * 1000, now)}</span>
        )}
      </div>
      <div ref={box} className="chart-plot" style={{ height }} aria-hidden="true" />
      <details className="chart-more">
        <summary>As a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section aria-label={summary} tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.toReversed().map(({ name }) => (
                  <th key={name} scope="col" className="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sampled.toReversed().map((i) => (
                <tr key={i}>
                  <th scope="row">{localTime((times[i] ?? 0) * 1000)}</th>
                  {series.toReversed().map((each) => (
                    <td key={each.name} className="number">
                      {said(valueAt(each, i))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

interface PlotOptions extends Required<Pick<ChartProps, 'series' | 'filled' | 'height' | 'format'>> {
  readonly width: number;
  readonly element: HTMLElement;
  readonly onCursor: (index: number | null) => void;
}

function optionsOf({ series, filled, height, width, format, element, onCursor }: PlotOptions): uPlot.Options {
  const colour = resolveColours(element);
  const axis = { stroke: colour('--text-3'), font: `11px ${getComputedStyle(element).fontFamily}` };
  const grid = { stroke: colour('--line'), width: 1 };
  return {
    width,
    height,
    // The last mark stands under the end of the line.
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { y: { range: (_, __, max) => [0, max === 0 ? 1 : max * 1.04] } },
    axes: [
      { ...axis, grid: { show: false }, ticks: { show: false }, size: 26, gap: 6, space: 72, values: timeMarks },
      {
        ...axis,
        grid,
        ticks: { show: false },
        size: 54,
        gap: 6,
        splits: fewSplits,
        values: (_, all) => all.map(format),
      },
    ],
    series: [
      {},
      ...series.map(
        ({ name, tone }): uPlot.Series => ({
          label: name,
          stroke: colour(`--${tone}-area`),
          width: filled ? 0 : 1.6,
          points: { show: false },
          ...(filled ? { fill: colour(`--${tone}-area`) } : {}),
        }),
      ),
    ],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** Zero, the middle and the top. */
function fewSplits(_: uPlot, __: number, ___: number, max: number): number[] {
  const step = 10 ** Math.floor(Math.log10(max || 1));
  const size = [1, 0.5, 0.25, 0.2].map((part) => step * part).find((each) => max / each >= 2) ?? step;
  const splits = [];
  for (let value = 0; value <= max; value += size * Math.ceil(max / size / 4)) splits.push(value);
  return splits;
}

/** "14:00", and the day where one begins; seconds where minutes would be the same. */
function timeMarks(_: uPlot, splits: number[], __: number, ___: number, step: number): string[] {
  const end = step < 60 ? 19 : 16;
  return splits.map((seconds) => {
    const local = localTime(seconds * 1000);
    return step >= 86_400 || local.endsWith('00:00:00') ? local.slice(5, 10) : local.slice(11, end);
  });
}
