import { settingRows } from "../../config/documentation";
import type { StackSettings } from "./stackFiles";

/** One setting of several stacks. */
export interface ComparedSetting {
  setting: string;
  /** One for each stack; `notSet` if a stack neither sets it nor has a default for it. */
  cells: string[];
}

/** Shown for a setting without a value in force. Its value is decided elsewhere, such as by the model's tags. */
export const notSet = "–";

/** Place of a setting in the schema. What the schema has no row for, such as a tag, follows its section. */
const placeOf = new Map(settingRows().map(({ setting }, index) => [setting, index]));

/**
 * The settings of several stacks side by side, in the order of the schema. Those of other namespaces come first.
 * @param onlyDifferent leaves out what all stacks have in common.
 */
export function compareStacks(stacks: readonly StackSettings[], onlyDifferent: boolean): ComparedSetting[] {
  const place = (setting: string): number =>
    placeOf.get(setting) ?? placeOf.get(setting.split(".")[0] ?? "") ?? -1;
  const names = [...new Set(stacks.flatMap(({ values }) => [...values.keys()]))];
  return names
    .sort((a, b) => place(a) - place(b))
    .map((setting) => ({ setting, cells: stacks.map(({ values }) => values.get(setting) ?? notSet) }))
    .filter(({ cells }) => !onlyDifferent || new Set(cells).size > 1);
}

/** The rows of a table with a line for each section, so that the names in front stay short. */
export function rowsBySection(settings: readonly ComparedSetting[]): string[][] {
  let before = "";
  return settings.flatMap(({ setting, cells }) => {
    const dot = setting.indexOf(".");
    const section = dot < 0 ? "" : setting.slice(0, dot);
    const title = section === before || section === "" ? [] : [[section]];
    before = section;
    return [...title, [section === "" ? setting : `  ${setting.slice(dot + 1)}`, ...cells.map(shortened)]];
  });
}

/** A pinned commit as Git shortens it. */
const shortened = (cell: string): string => (/^[0-9a-f]{40}$/.test(cell) ? cell.slice(0, 10) : cell);
