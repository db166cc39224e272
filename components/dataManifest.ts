import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { StackConfig } from "../config/stackConfig";
import { describeFindings } from "../dataset/quality/checks";
import type { RowPolicy } from "../dataset/rowsShown";

/** The part of the data step's manifest that the stack uses (dataset/result.ts). */
const manifestSchema = z.object({
  subset: z.string(),
  /** Commit of the rows on the hub; with `dataset.files`, a hash of the files. */
  revision: z.string(),
  splits: z.record(
    z.string(),
    z.object({
      file: z.string(),
      sha256: z.string(),
      rows: z.number().optional(),
      totalRows: z.number().optional(),
      bytes: z.number().optional(),
    }),
  ),
  /** Kind of value by column. Manifests of version 0.1.0 have none. */
  columns: z.record(z.string(), z.string()).optional(),
  /** Absent if all checks are off, and from older versions. */
  quality: z
    .object({
      findings: z.array(
        z.object({
          check: z.string(),
          level: z.enum(["fail", "warn"]),
          split: z.string(),
          count: z.number(),
          of: z.number(),
          rows: z.array(z.number()),
          what: z.string(),
          remedy: z.string(),
        }),
      ),
    })
    .optional()
    .catch(undefined),
  /** Empty if the data step may not show rows. */
  firstRows: z.array(z.unknown()),
});

export type DatasetManifest = z.infer<typeof manifestSchema>;

/** Parses the last line of the command's output. */
export function readManifest(stdout: string): DatasetManifest {
  const line = stdout.trim().split("\n").pop() ?? "";
  try {
    return manifestSchema.parse(JSON.parse(line));
  } catch {
    // A manifest contains rows, so it is not shown.
    const shown = line.startsWith("{") ? "" : ` (its last line: ${JSON.stringify(line.slice(0, 200))})`;
    throw new pulumi.RunError(
      `The data step printed no manifest${shown}. Run \`npm run build\` and try again.`,
    );
  }
}

/** What the checks of all rows found, as one text. It contains no part of a row. */
export function findingsText({ quality }: DatasetManifest): string | undefined {
  const texts = describeFindings(quality?.findings ?? []);
  return texts.length > 0 ? `Checks of all prepared rows found:\n  ${texts.join("\n  ")}` : undefined;
}

/** How the stack treats the rows of its data. */
export interface RowTreatment {
  /** `--rows` of the data step; undefined leaves the decision to it: it shows the rows of public data sets on the hub. */
  policy: RowPolicy | undefined;
  /** Whether everything that contains rows is a secret. */
  secret: boolean;
}

/**
 * Rows can be personal data, and outputs end in the state, in logs and in pull-request comments. Rows of your own files are
 * shown only with `dataset.showRows: true`, and then they are secrets.
 */
export function rowTreatment({
  files,
  showRows = files ? false : undefined,
}: StackConfig["dataset"]): RowTreatment {
  if (showRows === undefined) return { policy: undefined, secret: false };
  return showRows ? { policy: "manifest", secret: true } : { policy: "none", secret: false };
}

/** What is shown of data whose rows are not shown. */
export interface DataSummary {
  /** Kind of value by column: `{ prompt: "string", messages: "list" }`. */
  columns: Record<string, string>;
  splits: Record<string, { rows?: number; totalRows?: number; bytes?: number; sha256: string }>;
}

/** Schema, counts and hashes; undefined if the rows are shown. */
export function summaryOf({ columns = {}, splits, firstRows }: DatasetManifest): DataSummary | undefined {
  if (firstRows.length > 0) return undefined;
  const facts = Object.entries(splits).map(([split, { rows, totalRows, bytes, sha256 }]) => {
    return [split, { rows, totalRows, bytes, sha256 }] as const;
  });
  return { columns, splits: Object.fromEntries(facts) };
}
