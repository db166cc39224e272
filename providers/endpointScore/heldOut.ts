import { openBlobStore, parseDataUri } from "../../azureml/clients/blobs";
import type { AzureSession } from "../../azureml/clients/session";
import { azureMlError } from "../../azureml/errors";
import { type Held, holdBack, parseRow, pickRow, type Row } from "./conversation";

export interface Question extends Held {
  promptId: string;
  rowIndex: number;
}

/** Chooses the held-out conversation by seed and finds its true answer. Both files are streamed, never held. */
export async function chooseQuestion(
  session: AzureSession,
  uris: { genUri: string; sftUri: string },
  seed: number,
): Promise<Question> {
  const [gen, sft] = await Promise.all([
    linesOf(session, uris.genUri, "heldOut.genUri"),
    linesOf(session, uris.sftUri, "heldOut.sftUri"),
  ]);
  const answered = new Set<string>();
  for await (const line of sft()) {
    const row = parseRow(line);
    if (row) answered.add(row.promptId);
  }
  const picked = await pickRow(gen(), seed, answered);
  if (!picked) {
    throw azureMlError("NoScoringRow", {
      uri: uris.genUri,
      detail: "no line is a conversation with a user turn",
    });
  }
  const { row, index } = picked;
  const match = answered.has(row.promptId) ? await findRow(sft(), row.promptId) : undefined;
  const held = holdBack(row, match);
  if (!held) throw azureMlError("NoScoringRow", { uri: uris.genUri, detail: `line ${index + 1}` });
  return { ...held, promptId: row.promptId, rowIndex: index };
}

async function linesOf(
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
