import { z } from "zod";
import { type SectionName, sections } from "./sections";
import { schemaDefault, unwrapSchema, settingInfo } from "./setting";

/** One line of the configuration table. */
interface SettingRow {
  /** `compute.maxNodes` */
  setting: string;
  doc: string;
  allowed: string;
  /** Empty if it has none. */
  unit: string;
  default: string;
  source: string;
}

/** Every setting of a stack, in the order of the schema. */
export function settingRows(): SettingRow[] {
  return (Object.keys(sections) as SectionName[]).flatMap((name) => rows(name, sections[name]));
}

const introduction = `# Configuration

<!-- Generated from config/ by \`npm run docs\`. A test compares it with the schema. -->

The settings of a stack are in \`Pulumi.<stack>.yaml\`, one key per section: \`azureml-finetune:<section>\`. Every setting has a default.
Unknown keys and wrong values are all reported in one message, with what is allowed. In addition set \`azure-native:location\` (required
with \`workspace.mode: create\`) and \`azure-native:subscriptionId\` (or \`ARM_SUBSCRIPTION_ID\`).

A training parameter that is not set comes from the model's tag \`model_specific_defaults\`, then from the notebook, then from the pipeline
component. \`preview\` shows every value and its origin.

`;

/** The text of docs/configuration.md. */
export function configurationDocument(): string {
  return `${introduction}${configurationTable()}\n`;
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
    const defaultText = info.defaultText ?? (typeof value === "string" ? value : JSON.stringify(value));
    return [
      {
        setting: path,
        doc: info.doc,
        allowed: info.allowed,
        unit: info.unit ?? "",
        default: defaultText ?? "",
        source: info.source ?? "",
      },
    ];
  }
  const inner = unwrapSchema(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([name, child]) => rows(`${path}.${name}`, child as z.ZodType));
}
