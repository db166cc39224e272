import { code, fenced, plain } from "./markdown";
import type { FileChange } from "./forge";

/** One line of a stack file, changed by `npm run promote`. */
export interface Promotion {
  source: string;
  target: string;
  /** `Pulumi.<target>.yaml`. */
  file: string;
  /** The file before and after. */
  before: string;
  after: string;
}

/** The one line that differs. Errors: a change of more than one line, which a promotion never is. */
export function promotedLine({ file, before, after }: Promotion): string {
  const [old, next] = [before.split("\n"), after.split("\n")];
  const added = next.filter((line) => !old.includes(line));
  const removed = old.filter((line) => !next.includes(line));
  if (added.length !== 1 || removed.length > 1)
    throw new Error(
      `a promotion changes one line of ${file}, and this one changes ${Math.max(added.length, removed.length)}: promote again`,
    );
  return added[0] ?? "";
}

/** The pull request that carries a promotion. The same model to the same stack is the same branch. */
export function promotionRequest(promotion: Promotion, actor: string): FileChange {
  const { source, target, file, after } = promotion;
  const line = promotedLine(promotion).trim();
  const slug = line
    .replace(/^[^:]*:/, "")
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80);
  return {
    branch: `promote/${target}/${slug}`,
    title: `${target}: promote the model of ${source}`,
    body: [
      `Stack ${code(target)} is to serve the model that ${code(source)} has. The change is one line of ${code(file)}:`,
      "",
      ...fenced(line),
      "",
      `The comment below this text shows what it changes. After the merge, the environment ${code(target)} asks for an approval. ` +
        "The rollback is to revert this pull request.",
      "",
      `Requested by ${plain(actor)}.`,
    ].join("\n"),
    path: file,
    content: after,
  };
}
