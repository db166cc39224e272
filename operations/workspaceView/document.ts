import { z } from "zod";
import { apiVersions, type ArmCall, armGet, armList } from "../../azureml/clients/arm";
import type { AzureSession } from "../../azureml/clients/session";
import { type WorkspaceRef, workspaceId } from "../../azureml/clients/workspaces";
import { azureMlError } from "../../azureml/errors";
import { stringValues } from "../../azureml/records";

/** A text; empty if the service leaves it out or sends null. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
/** A number, also one that the service sends as text; absent if it sends none. */
export const count = z.coerce.number().nullish().catch(undefined);
/** True only for `true`. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true);
/** A map of texts. Other values become JSON, null is left out. */
export const texts = z.unknown().optional().transform(stringValues);

const systemData = z
  .object({ createdAt: text, createdBy: text })
  .nullish()
  .transform((value) => value ?? { createdAt: "", createdBy: "" });

/** An ARM document whose `properties` have this shape. Members that no reader uses are ignored. */
export const armDocument = <Properties extends z.ZodType>(properties: Properties) =>
  z.object({
    id: z.string(),
    name: z.string(),
    tags: texts,
    sku: z.object({ capacity: count }).nullish(),
    systemData,
    properties,
  });

/** Reads all pages of a list below a workspace and parses each item. Empty if the parent does not exist. */
export async function readList<Document extends z.ZodType>(
  session: AzureSession,
  ref: WorkspaceRef,
  { below, what, query }: { below: string; what: string; query?: ArmCall["query"] },
  document: Document,
): Promise<z.output<Document>[]> {
  const call = { ...armCall(ref, below, what), ...(query ? { query } : {}), accept: [404] };
  const items = await armList(session, call);
  return items.map((item) => parseDocument(document, item, what));
}

/** Reads one resource below a workspace; `undefined` if it does not exist. */
export async function readOne<Document extends z.ZodType>(
  session: AzureSession,
  ref: WorkspaceRef,
  { below, what }: { below: string; what: string },
  document: Document,
): Promise<z.output<Document> | undefined> {
  const found = await armGet(session, armCall(ref, below, what));
  return found && parseDocument(document, found, what);
}

/** @throws UnexpectedResponse with the member that differs. */
export function parseDocument<Document extends z.ZodType>(
  document: Document,
  value: unknown,
  what: string,
): z.output<Document> {
  const parsed = document.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") ?? "body";
  throw azureMlError("UnexpectedResponse", { what, field, requestId: "none" });
}

/** Sorts in place. */
export const newestFirst = <Item extends { createdAt: string }>(items: Item[]): Item[] =>
  items.sort((a, b) => b.createdAt.localeCompare(a.createdAt));

const armCall = (ref: WorkspaceRef, below: string, what: string): ArmCall => ({
  path: `${workspaceId(ref)}/${below}`,
  apiVersion: apiVersions.machineLearning,
  what: `${what} of workspace "${ref.workspaceName}"`,
});
