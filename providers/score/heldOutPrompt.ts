import { openBlobStore } from "../../azureml/clients/blobs";
import { parseDataUri } from "../../azureml/clients/dataUri";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError } from "../../azureml/errors";
import { type HeldOutPrompt, holdBackReference, parseRow, pickRow, type Row } from "./conversation";

export interface ChosenPrompt extends HeldOutPrompt {
  promptId: string;
  rowIndex: number;
}

/** Chooses a held-out conversation by seed and finds its reference answer. Streams both files. Throws `NoScoringRow`. */
export async function choosePrompt(
  session: AzureSession,
  uris: { genUri: string; sftUri: string },
  seed: number,
): Promise<ChosenPrompt> {
  const [genLines, sftLines] = await Promise.all([
    openLines(session, uris.genUri, "heldOut.genUri"),
    openLines(session, uris.sftUri, "heldOut.sftUri"),
  ]);
  const answered = new Set<string>();
  for await (const line of sftLines()) {
    const row = parseRow(line);
    if (row) answered.add(row.promptId);
  }
  const picked = await pickRow(genLines(), seed, answered);
  if (!picked) {
    throw azureMlError("NoScoringRow", {
      uri: uris.genUri,
      detail: "no line is a conversation with a user turn",
    });
  }
  const { row, index } = picked;
  const sftRow = answered.has(row.promptId) ? await findRow(sftLines(), row.promptId) : undefined;
  const prompt = holdBackReference(row, sftRow);
  if (!prompt) throw azureMlError("NoScoringRow", { uri: uris.genUri, detail: `line ${index + 1}` });
  return { ...prompt, promptId: row.promptId, rowIndex: index };
}

async function openLines(
  session: AzureSession,
  uri: string,
  property: string,
): Promise<() => AsyncIterable<string>> {
  const { workspace, datastoreName, path } = parseDataUri(uri, property);
  const store = await openBlobStore(session, workspace, datastoreName);
  return () => store.lines(path);
}

async function findRow(lines: AsyncIterable<string>, promptId: string): Promise<Row | undefined> {
  for await (const line of lines) {
    if (!line.includes(promptId)) continue;
    const row = parseRow(line);
    if (row?.promptId === promptId) return row;
  }
  return undefined;
}
