import fc from "fast-check";
import { planSteps } from "../../../local/trainer/descent";
import { countedTokens, packWindows, toBatch } from "../../../local/trainer/packing";
import type { EncodedChat } from "../../../local/trainer/template";
import { TINY_PARAMETERS } from "./tinyModel";

const PAD = 0;

/** A distinguishable chat of `length` tokens; every second token is the assistant's. */
function chat(name: number, length: number): EncodedChat {
  return {
    ids: Array.from({ length }, (_, index) => name * 1000 + index + 1),
    isAnswer: Array.from({ length }, (_, index) => (index % 2 === 0 ? 0 : 1)),
  };
}

describe("packing", () => {
  test("packs chats side by side without cutting them", () => {
    const windows = packWindows([chat(1, 4), chat(2, 6), chat(3, 3)], 8, PAD);
    expect(windows).toHaveLength(2);
    expect([...windows[0]!.ids]).toEqual([1001, 1002, 1003, 2001, 2002, 2003, 2004, 2005]);
    expect([...windows[0]!.targets]).toEqual([1002, 1003, 1004, 2002, 2003, 2004, 2005, 2006]);
    expect([...windows[0]!.segments]).toEqual([1, 1, 1, 2, 2, 2, 2, 2]);
    expect([...windows[0]!.counts]).toEqual([1, 0, 1, 1, 0, 1, 0, 1]);
    expect([...windows[1]!.ids]).toEqual([3001, 3002, PAD, PAD, PAD, PAD, PAD, PAD]);
    expect([...windows[1]!.segments]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });

  test("keeps every prediction of every chat that fits exactly once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 }), (lengths) => {
        const chats = lengths.map((length, name) => chat(name, length));
        const windows = packWindows(chats, 16, PAD);
        const pairs = windows.flatMap((window) =>
          [...window.ids].flatMap((id, place) =>
            window.segments[place] ? [`${id}>${window.targets[place]}`] : [],
          ),
        );
        const expected = chats.flatMap(({ ids }) =>
          ids.slice(1, 17).map((target, index) => `${ids[index]}>${target}`),
        );
        expect(pairs.sort()).toEqual(expected.sort());
        const answers = chats
          .flatMap(({ isAnswer }) => isAnswer.slice(1, 17))
          .filter((mark) => mark === 1).length;
        expect(countedTokens(windows)).toBe(answers);
      }),
    );
  });

  test("fills up a batch with windows that do not count", () => {
    const [window] = packWindows([chat(1, 5)], 8, PAD);
    const batch = toBatch([window!], 3, 8, 0.5);
    expect(batch.ids).toHaveLength(24);
    expect([...batch.weights]).toEqual([0.5, 0, 0.5, ...Array<number>(21).fill(0)]);
  });
});

describe("the plan of steps", () => {
  // 10 chats of 8 predictions in windows of 8: ten windows an epoch; 2 × 2 windows a step.
  const chats = Array.from({ length: 10 }, (_, name) => chat(name, 9));
  const plan = (parameters: Partial<typeof TINY_PARAMETERS>) =>
    planSteps(chats, { ...TINY_PARAMETERS, ...parameters }, 8, PAD);

  test.each([
    [{ numTrainEpochs: 2 }, 6],
    [{ numTrainEpochs: 3, gradientAccumulationSteps: 1 }, 15],
    [{ numTrainEpochs: 1, perDeviceTrainBatchSize: 10, gradientAccumulationSteps: 1 }, 1],
    [{ numTrainEpochs: 0.67 }, 2],
    [{ numTrainEpochs: 0.01 }, 1],
    [{ numTrainEpochs: 2, maxSteps: 4 }, 4],
    [{ numTrainEpochs: 1, maxSteps: 8 }, 8],
  ])("with %j has %i steps", (parameters, count) => {
    expect(plan(parameters)).toHaveLength(count);
  });

  test("contains every chat once per epoch, each time in another order", () => {
    const steps = plan({ numTrainEpochs: 2 });
    const order = (part: typeof steps) => part.flatMap(({ windows }) => windows.map(({ ids }) => ids[0]!));
    const first = order(steps.slice(0, 3));
    const second = order(steps.slice(3));
    expect([...first].sort()).toEqual([...second].sort());
    expect(first).not.toEqual(second);
    expect(steps.map(({ epoch }) => Number(epoch.toFixed(2)))).toEqual([0.33, 0.67, 1, 1.33, 1.67, 2]);
  });

  test("depends on the seed", () => {
    expect(plan({ seed: 1 })).toEqual(plan({ seed: 1 }));
    expect(plan({ seed: 1 })).not.toEqual(plan({ seed: 2 }));
  });
});
