import type { Batch } from "./gradients";
import type { EncodedChat } from "./template";

export interface Window {
  ids: Int32Array;
  targets: Int32Array;
  counts: Uint8Array;
  segments: Int32Array;
}

/**
 * Each chat goes into the first window with enough room; only one longer than a window is cut, at its end.
 * Attention stays inside a chat, so a packed chat is learnt exactly as it is used later, alone. `padId` fills
 * the rest (segment 0) and never counts.
 */
export function packWindows(chats: readonly EncodedChat[], length: number, padId: number): Window[] {
  const windows: { window: Window; used: number; chats: number }[] = [];
  for (const chat of chats) {
    // n tokens make n − 1 predictions.
    const places = Math.min(chat.ids.length - 1, length);
    if (places < 1) {
      continue;
    }
    let open = windows.find(({ used }) => used + places <= length);
    if (!open) {
      open = { window: emptyWindow(length, padId), used: 0, chats: 0 };
      windows.push(open);
    }
    const { window, used } = open;
    open.chats++;
    for (let i = 0; i < places; i++) {
      window.ids[used + i] = chat.ids[i]!;
      window.targets[used + i] = chat.ids[i + 1]!;
      window.counts[used + i] = chat.isAnswer[i + 1]!;
      window.segments[used + i] = open.chats;
    }
    open.used += places;
  }
  return windows.map(({ window }) => window);
}

function emptyWindow(length: number, padId: number): Window {
  return {
    ids: new Int32Array(length).fill(padId),
    targets: new Int32Array(length).fill(padId),
    counts: new Uint8Array(length),
    segments: new Int32Array(length),
  };
}

export function countedTokens(windows: readonly Window[]): number {
  return windows.reduce((sum, { counts }) => sum + counts.reduce((inner, count) => inner + count, 0), 0);
}

/** Missing windows are filled with ones that do not count; `weight` is the factor of each token's loss. */
export function toBatch(windows: readonly Window[], size: number, length: number, weight: number): Batch {
  const batch: Batch = {
    ids: new Int32Array(size * length),
    targets: new Int32Array(size * length),
    segments: new Int32Array(size * length),
    weights: new Float32Array(size * length),
  };
  windows.forEach((window, row) => {
    const start = row * length;
    batch.ids.set(window.ids, start);
    batch.targets.set(window.targets, start);
    batch.segments.set(window.segments, start);
    for (let i = 0; i < length; i++) {
      batch.weights[start + i] = window.counts[i]! * weight;
    }
  });
  return batch;
}
