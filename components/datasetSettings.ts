import type { StackConfig } from "../config/stackConfig";

/** Settings that do not change the rows: whether rows are shown, what is only scored, how tokens are counted, what is checked. */
const withoutRows: readonly string[] = ["showRows", "heldOutSplit", "tokenizer", "checks", "maxBadRows"];

/**
 * The settings that select the rows, by name, as text: `dataset.splitPercent: 1`. A preview of a training names the ones that
 * changed, because the data assets themselves are named by their content.
 */
export function datasetSettings(config: StackConfig["dataset"]): Record<string, string> {
  const entries = Object.entries(config)
    .filter(([name, value]) => value !== undefined && !withoutRows.includes(name))
    .map(([name, value]) => [
      `dataset.${name}`,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
