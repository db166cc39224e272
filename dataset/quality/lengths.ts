import { chatRoles, type ChatRole } from "../rowCheck";
import type { TokenCounter } from "../facts";

/** Characters of one token where no tokenizer is configured: a rule of thumb for English. */
export const charactersPerToken = 4;
/** Upper limits of the histogram's first bars, in tokens; the last bar has none. */
const bars = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** Lengths of the rows of one split, in tokens. */
export interface LengthFacts {
  /** True if tokens are estimated as characters / 4, because no tokenizer is configured. */
  estimated: boolean;
  /** Tokens of the messages' texts by role, without those of the chat template. */
  byRole: Record<ChatRole, number>;
  /** Rows by length; a bar covers the rows above the previous limit. The last one has the limit null. Empty bars are left out. */
  histogram: Array<{ upTo: number | null; rows: number }>;
  /** Context length of the tokenizer's model, if it is known, and the number of longer rows. */
  context: number | null;
  overContext: number;
  /** Tokens of these rows beyond the context: the training cuts them. */
  cut: number;
  /** The longest row: its position in the written file, from 0. */
  longest: { row: number; tokens: number };
}

/** Collects the lengths of rows. */
export function lengthCollector(tokenizer: TokenCounter | undefined) {
  const byRole = Object.fromEntries(chatRoles.map((role) => [role, 0])) as Record<ChatRole, number>;
  const rows = new Array<number>(bars.length + 1).fill(0);
  const context = tokenizer?.contextLength ?? null;
  const longest = { row: 0, tokens: 0 };
  let row = 0;
  let overContext = 0;
  let cut = 0;
  let tokens = 0;

  return {
    text(role: ChatRole, text: string): void {
      const own = tokenizer ? tokenizer.count(text) : text.length / charactersPerToken;
      byRole[role] += own;
      tokens += own;
    },
    endRow(): void {
      const bar = bars.findIndex((limit) => tokens <= limit);
      const index = bar < 0 ? bars.length : bar;
      rows[index] = (rows[index] as number) + 1;
      if (tokens > longest.tokens) Object.assign(longest, { row, tokens: Math.round(tokens) });
      if (context !== null && tokens > context) {
        overContext++;
        cut += Math.round(tokens - context);
      }
      row++;
      tokens = 0;
    },
    facts(): LengthFacts {
      for (const role of chatRoles) byRole[role] = Math.round(byRole[role]);
      const histogram = rows.map((count, bar) => ({ upTo: bars[bar] ?? null, rows: count }));
      return {
        estimated: tokenizer === undefined,
        byRole,
        histogram: histogram.filter((bar) => bar.rows > 0),
        context,
        overContext,
        cut,
        longest,
      };
    },
  };
}
