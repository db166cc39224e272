import { z } from "zod";
import { type SectionName, sections } from "./sections";
import { schemaDefault, unwrapSchema, settingInfo } from "./setting";

/** One line of the configuration table. */
interface SettingRow {
  /** `compute.maxNodes` */
  setting: string;
  doc: string;
  allowed: string;
  /** Empty where it has none. */
  unit: string;
  default: string;
  source: string;
}

/** Every setting of a stack, in the order of the schema. */
export function settingRows(): SettingRow[] {
  return (Object.keys(sections) as SectionName[]).flatMap((name) => rows(name, sections[name]));
}

/** The table of docs/configuration.md, as Markdown. */
export function configurationTable(): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const lines = settingRows().map(({ setting, doc, allowed, unit, default: value, source }) =>
    [`\`${setting}\``, doc, unit ? `${allowed} (${unit})` : allowed, value, source].map(cell).join(" | "),
  );
  return ["| Setting | What it does | Allowed | Default | Source |", "| --- | --- | --- | --- | --- |"]
    .concat(lines.map((line) => `| ${line} |`))
    .join("\n");
}

function rows(path: string, schema: z.ZodType): SettingRow[] {
  const info = settingInfo(schema);
  if (info) {
    const value = schemaDefault(schema);
    const shown = info.defaultText ?? (typeof value === "string" ? value : JSON.stringify(value));
    return [
      {
        setting: path,
        doc: info.doc,
        allowed: info.allowed,
        unit: info.unit ?? "",
        default: shown ?? "",
        source: info.source ?? "",
      },
    ];
  }
  const inner = unwrapSchema(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, child]) => rows(`${path}.${name}`, child as z.ZodType));
}
