import { createHash } from "node:crypto";
import {
  generateSplit,
  SPLIT_ROWS,
  type Conversation,
  type SplitName,
} from "../../../local/data/conversations";
import { isUnseenSubject, SUBJECTS } from "../../../local/data/facts";
import { exchangesFor, isHeldOutWording } from "../../../local/data/phrasing";
import { COMMON_SMALL_TALK, NAMED_SMALL_TALK } from "../../../local/data/smallTalk";

const rows = Object.fromEntries(
  (Object.keys(SPLIT_ROWS) as SplitName[]).map((split) => [split, [...generateSplit(split)]]),
) as Record<SplitName, Conversation[]>;

/** Subject by every wording of a question about it. */
const subjectOf = new Map(
  SUBJECTS.flatMap((subject) =>
    Object.keys(subject.facts).flatMap((relation) =>
      exchangesFor(subject, relation).map(({ question }) => [question, subject] as const),
    ),
  ),
);

function head<T>(items: readonly T[], percent: number): T[] {
  return items.slice(0, Math.floor((items.length * percent) / 100));
}

describe("the generated chat data set", () => {
  test.each(Object.entries(SPLIT_ROWS))("%s has %i rows with the original's schema", (split, count) => {
    const all = rows[split as SplitName];
    expect(all).toHaveLength(count);
    const wrong = all.filter(
      (row) =>
        Object.keys(row).sort().join() !== "messages,prompt,prompt_id" ||
        !/^[0-9a-f]{64}$/.test(row.prompt_id) ||
        row.messages[0]?.content !== row.prompt ||
        row.messages.some(
          ({ role, content }, index) => role !== (index % 2 === 0 ? "user" : "assistant") || content === "",
        ),
    );
    expect(wrong).toEqual([]);
  });

  test("prompt ids are unique within a split", () => {
    for (const all of Object.values(rows)) {
      expect(new Set(all.map((row) => row.prompt_id)).size).toBe(all.length);
    }
  });

  test("is the same to the byte every time", () => {
    const digest = (all: Iterable<Conversation>) =>
      createHash("sha256")
        .update(JSON.stringify([...all]))
        .digest("hex");
    expect(digest(generateSplit("test_gen"))).toBe(digest(rows.test_gen));
    expect(digest(generateSplit("train_sft"))).toBe(digest(rows.train_sft));
  });

  test("no test dialogue starts with a question of the training splits or a wording of the pretraining corpus", () => {
    const trained = new Set(rows.train_sft.map(({ prompt }) => prompt));
    expect(rows.test_sft.filter(({ prompt }) => trained.has(prompt))).toEqual([]);
    expect(rows.test_sft.filter(({ prompt }) => !isHeldOutWording(prompt))).toEqual([]);
  });

  test("unseen subjects are in the test split only, in a fifth of the factual rows", () => {
    const isUnseen = ({ prompt }: Conversation) => {
      const subject = subjectOf.get(prompt);
      return subject !== undefined && isUnseenSubject(subject);
    };
    expect(rows.train_sft.filter(isUnseen)).toEqual([]);
    const share = rows.test_sft.filter(isUnseen).length / rows.test_sft.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
  });

  test.each([1, 3, 5, 10, 50, 100])(
    "at %i %% every gen row's dialogue is in the same slice of its sft split",
    (percent) => {
      for (const set of ["train", "test"] as const) {
        const known = new Map(head(rows[`${set}_sft`], percent).map((row) => [row.prompt_id, row]));
        const wrong = head(rows[`${set}_gen`], percent).filter(({ prompt_id, messages }) => {
          const whole = known.get(prompt_id)?.messages ?? [];
          const isStart = JSON.stringify(whole.slice(0, messages.length)) === JSON.stringify(messages);
          const isOpen = messages.at(-1)?.role === "user";
          return !isStart || (isOpen && whole[messages.length]?.role !== "assistant");
        });
        expect(wrong).toEqual([]);
      }
    },
  );

  test("the slices that the local stack uses have the same mix as the whole", () => {
    const smallTalk = new Set([...COMMON_SMALL_TALK, ...NAMED_SMALL_TALK].map(({ question }) => question));
    const train = head(rows.train_sft, 5);
    expect(train).toHaveLength(600);
    const small = train.filter(({ prompt }) => smallTalk.has(prompt)).length / train.length;
    expect(small).toBeGreaterThanOrEqual(0.05);
    expect(small).toBeLessThanOrEqual(0.1);
    const multiTurn = train.filter(({ messages }) => messages.length > 2).length / train.length;
    expect(multiTurn).toBeGreaterThan(0.2);
    const kinds = new Set(train.map(({ prompt }) => subjectOf.get(prompt)?.kind));
    expect(kinds.size).toBe(8);
    const scored = head(rows.test_gen, 5);
    expect(scored).toHaveLength(80);
    const open = scored.filter(({ messages }) => messages.at(-1)?.role === "user").length;
    expect(open).toBeGreaterThan(30);
    expect(open).toBeLessThan(70);
  });
});
