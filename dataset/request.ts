import { z } from "zod";
import { requestOptions, type RequestField } from "./requestOptions";
import { requestDefaults } from "./requestValues";

type Fields = { [Field in RequestField]: z.ZodOptional<(typeof requestOptions)[Field]["schema"]> };

const fields = z.strictObject(
  Object.fromEntries(
    Object.entries(requestOptions).map(([field, { schema }]) => [field, z.optional(schema)]),
  ) as unknown as Fields,
);

/** One preparation of data as a caller states it: every field is optional. */
export type DatasetRequestInput = z.input<typeof fields>;

/** Reported beside the mistakes in single fields. */
const always = (): boolean => true;
const hubOnly = "applies to a data set on the hub, not to files";

const needsTokenizer = "needs --tokenizer (in a stack: dataset.tokenizer), which counts the tokens";

function notWithFiles(field: "subset" | "revision"): (request: Partial<DatasetRequestInput>) => boolean {
  return (request) => request.files === undefined || request[field] === undefined;
}

/** One preparation of data. The same object, without defaults, is what the command line and the stack state. */
export const datasetRequest = fields
  .refine(notWithFiles("subset"), { path: ["subset"], error: hubOnly, when: always })
  .refine(notWithFiles("revision"), { path: ["revision"], error: hubOnly, when: always })
  .refine(({ onLongRow = "cut", tokenizer }) => onLongRow === "cut" || tokenizer !== undefined, {
    path: ["onLongRow"],
    error: needsTokenizer,
    when: always,
  })
  .transform((given) => {
    const source = given.files ? "files" : "hub";
    const name = given.name ?? (given.files ? requestDefaults.nameOfFiles : requestDefaults.name);
    const { columns, roles } = given;
    return {
      ...given,
      name,
      revision: given.revision ?? requestDefaults.revision,
      columns: columns && Object.keys(columns).length > 0 ? columns : undefined,
      roles: roles && Object.keys(roles).length > 0 ? roles : undefined,
      directory: given.directory ?? `.data/${name.slice(name.indexOf("/") + 1)}`,
      splitPercent: given.splitPercent ?? requestDefaults.splitPercent[source],
      onBadRow: given.onBadRow ?? requestDefaults.onBadRow,
      maxBadRows: given.maxBadRows ?? requestDefaults.maxBadRows,
      onLongRow: given.onLongRow ?? requestDefaults.onLongRow,
      force: given.force ?? false,
    };
  });

/** A request with its defaults. */
export type DatasetRequest = z.output<typeof datasetRequest>;
