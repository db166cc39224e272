/** Numbers, times and ids for people. */

/** Four significant digits; very small and very large values as `1.9e-6`. */
export function metricText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

/** `850 ms`, `4.2 s`, `4 min 2 s`, `3 h 5 min`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-11-30 14:45 UTC`. Empty for no time. */
export function timeText(time: number | string | undefined): string {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `12,000`. */
export const countText = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** `97 %`. */
export const percentText = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

/** `Phi-4-mini-instruct, version 1` for the id of a model, a component or data; another id as it is. */
export function assetText(id: string): string {
  const [, name, version] = /\/(?:models|components|data)\/([^/]+)\/versions\/([^/]+)$/.exec(id) ?? [];
  return name && version ? `${name}, version ${version}` : id;
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
