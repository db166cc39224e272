import type { ChatTurn } from "./contract";
import type { ChatTokenizer, SpecialToken } from "./tokenizer";

/**
 * Phi-3's chat template: `<|role|>\n content <|end|>\n` for every turn, `<|endoftext|>` around the chat. The
 * leading one matters: without it a chat looks like a later turn of another chat, and answers get markedly
 * worse.
 */

const ROLE_TOKENS: Readonly<Record<ChatTurn["role"], SpecialToken>> = {
  system: "<|system|>",
  user: "<|user|>",
  assistant: "<|assistant|>",
};

export interface EncodedChat {
  ids: number[];
  /** 1 for tokens that the assistant must produce: its words and the `<|end|>` after them. */
  isAnswer: (0 | 1)[];
}

export function encodeChat(turns: readonly ChatTurn[], tokenizer: ChatTokenizer): EncodedChat {
  const ids = [tokenizer.id("<|endoftext|>")];
  const isAnswer: (0 | 1)[] = [0];
  const newline = tokenizer.encode("\n");
  const add = (more: readonly number[], answer: 0 | 1) => {
    ids.push(...more);
    more.forEach(() => isAnswer.push(answer));
  };
  for (const turn of turns) {
    const answer = turn.role === "assistant" ? 1 : 0;
    add([tokenizer.id(ROLE_TOKENS[turn.role]), ...newline], 0);
    add([...tokenizer.encode(turn.content), tokenizer.id("<|end|>")], answer);
    add(newline, 0);
  }
  return { ids, isAnswer };
}

/**
 * At most `limit` ids. A chat that is too long loses whole turns from the left (a system turn last), then the
 * beginning of the last turn, whose end always stays.
 */
export function encodePrompt(turns: readonly ChatTurn[], tokenizer: ChatTokenizer, limit: number): number[] {
  const opening = [tokenizer.id("<|assistant|>"), ...tokenizer.encode("\n")];
  let kept = [...turns];
  for (;;) {
    const ids = [...encodeChat(kept, tokenizer).ids, ...opening];
    if (ids.length <= limit) {
      return ids;
    }
    if (kept.length <= 1) {
      return truncatedTurn(kept[0], opening, tokenizer, limit);
    }
    const drop = kept[0]!.role === "system" && kept.length > 2 ? 1 : 0;
    kept = kept.filter((_, index) => index !== drop);
    // A chat does not start with the assistant.
    while (kept.length > 1 && kept[drop]?.role === "assistant") {
      kept = kept.filter((_, index) => index !== drop);
    }
  }
}

function truncatedTurn(
  turn: ChatTurn | undefined,
  opening: readonly number[],
  tokenizer: ChatTokenizer,
  limit: number,
): number[] {
  const { ids } = encodeChat(turn ? [turn] : [], tokenizer);
  const head = ids.slice(0, 3);
  const room = Math.max(1, limit - head.length - opening.length);
  return [...head, ...ids.slice(3).slice(-room), ...opening];
}
