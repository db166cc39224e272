import { previewComment, previewMarker } from "../../../operations/pipeline/previewComment";
import { stackPreview } from "../../../operations/pipeline/stackPreview";
import { readReports } from "./reports";
import { forgeOf } from "./surroundings";

/** Writes the one comment of the pull request: a later run changes it. */
export async function commentStep({ reports }: { reports: string }): Promise<number> {
  const previews = readReports(reports, (value) => stackPreview.parse(value));
  const address = await forgeOf(process.env).upsertComment(previewMarker, previewComment(previews));
  process.stdout.write(`${address}\n`);
  return 0;
}
