import { randomFrom } from "../../../local/data/random";
import { createDecoder } from "../../../local/trainer/decoder";
import { compileLoss, type Batch, type LossFunctions } from "../../../local/trainer/gradients";
import { loadJax } from "../../../local/trainer/jaxRuntime";
import { initialAdapter, mergeAdapter } from "../../../local/trainer/lora";
import { initialWeights, type Weights } from "../../../local/trainer/weights";
import { TINY } from "./tinyModel";

const BATCH = 2;
const LENGTH = 12;
const SCALE = 2;

/** Two windows of two chats each; half of the positions count. */
function someBatch(): Batch {
  const random = randomFrom("batch");
  const places = BATCH * LENGTH;
  const fill = (value: (index: number) => number) =>
    Int32Array.from({ length: places }, (_, index) => value(index));
  return {
    ids: fill(() => random.below(TINY.vocabSize)),
    targets: fill(() => random.below(TINY.vocabSize)),
    segments: fill((index) => (index % LENGTH < 7 ? 1 : 2)),
    weights: Float32Array.from({ length: places }, (_, index) => (index % 2) / (places / 2)),
  };
}

/** Adapter with a B that is not zero, so that A has a gradient. */
function someAdapter(): Weights {
  const random = randomFrom("adapter");
  const adapter = initialAdapter(TINY, 3, 1);
  for (const { data } of Object.values(adapter)) {
    data.forEach((_, index) => (data[index] = 0.2 * random.normal()));
  }
  return adapter;
}

/** Cosine between the gradient and central differences over some entries of every tensor. */
async function agreement(functions: LossFunctions, trained: Weights, batch: Batch): Promise<number> {
  const random = randomFrom("entries");
  const { gradients } = await functions.lossAndGrad(trained, batch);
  let dot = 0;
  let squares = 0;
  let differences = 0;
  for (const [name, { data }] of Object.entries(trained)) {
    for (let i = 0; i < 2; i++) {
      const at = random.below(data.length);
      const kept = data[at]!;
      const width = 5e-3;
      data[at] = kept + width;
      const above = await functions.loss(trained, batch);
      data[at] = kept - width;
      const below = await functions.loss(trained, batch);
      data[at] = kept;
      const difference = (above - below) / (2 * width);
      const gradient = gradients[name]!.data[at]!;
      dot += difference * gradient;
      squares += gradient * gradient;
      differences += difference * difference;
    }
  }
  expect(squares).toBeGreaterThan(0);
  return dot / Math.sqrt(squares * differences);
}

const base = initialWeights(TINY, 5);
const batch = someBatch();

describe("loss and gradient", () => {
  const compiled: LossFunctions[] = [];
  const compile = async (adapterScale?: number) => {
    const functions = await compileLoss({ config: TINY, base, adapterScale, batch: BATCH, length: LENGTH });
    compiled.push(functions);
    return functions;
  };
  afterAll(() => compiled.forEach((functions) => functions.dispose()));

  test("of the adapter agree with central differences", async () => {
    expect(await agreement(await compile(SCALE), someAdapter(), batch)).toBeGreaterThan(0.999);
  });

  test("are bitwise equal for the same inputs", async () => {
    const functions = await compile(SCALE);
    const adapter = someAdapter();
    const first = await functions.lossAndGrad(adapter, batch);
    expect(await functions.lossAndGrad(adapter, batch)).toEqual(first);
  });

  test("of all weights agree with central differences", async () => {
    expect(await agreement(await compile(), initialWeights(TINY, 5), batch)).toBeGreaterThan(0.999);
  });

  test("with a separate adapter equal those of the merged weights", async () => {
    const adapter = someAdapter();
    const beside = await (await compile(SCALE)).loss(adapter, batch);
    const merged = await (await compile()).loss(mergeAdapter(base, adapter, TINY, SCALE), batch);
    expect(beside).toBeCloseTo(merged, 4);
  });

  test("equal the cached decoder's result, chat by chat", async () => {
    const decoder = createDecoder(TINY, base);
    let expected = 0;
    for (let place = 0; place < BATCH * LENGTH; place++) {
      if (place === 0 || batch.segments[place] !== batch.segments[place - 1]) {
        decoder.reset();
      }
      const logits = decoder.next(batch.ids[place]!, true)!;
      const highest = Math.max(...logits);
      const logSum = highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
      expected += batch.weights[place]! * (logSum - logits[batch.targets[place]!]!);
    }
    expect(await (await compile()).loss(base, batch)).toBeCloseTo(expected, 4);
  });

  test("do not change with a fresh adapter", async () => {
    const plain = await (await compile()).loss(base, batch);
    const adapted = await (await compile(SCALE)).loss(initialAdapter(TINY, 4, 2), batch);
    expect(adapted).toBeCloseTo(plain, 5);
  });
});

describe("arrays of jax-js", () => {
  /**
   * jax-js keeps its live buffers in a map that it does not expose. The map is recognized by the values put
   * into it.
   */
  let buffers: Map<unknown, unknown> | undefined;
  const { set } = Map.prototype;
  beforeAll(() => {
    Map.prototype.set = function (key: unknown, value: unknown) {
      const isBuffer = typeof value === "object" && value !== null && "ptr" in value && "ref" in value;
      if (isBuffer) buffers = this as Map<unknown, unknown>;
      return set.call(this, key, value);
    };
  });
  afterAll(() => void (Map.prototype.set = set));

  const growth = async (step: () => Promise<unknown>): Promise<number> => {
    // The first call allocates the constants that its compiled program keeps.
    await step();
    const before = buffers!.size;
    for (let i = 0; i < 3; i++) await step();
    return buffers!.size - before;
  };

  test("do not accumulate from step to step, and dispose frees the base weights", async () => {
    const { numpy } = await loadJax();
    const functions = await compileLoss({
      config: TINY,
      base,
      adapterScale: SCALE,
      batch: BATCH,
      length: LENGTH,
    });
    const adapter = someAdapter();
    expect(await growth(() => functions.lossAndGrad(adapter, batch))).toBe(0);
    expect(await growth(() => functions.loss(adapter, batch))).toBe(0);
    // The measurement notices one array per step that is not disposed of.
    const numbers = Float32Array.from({ length: 64 }, (_, index) => index);
    expect(await growth(() => numpy.array(numbers).ref.data())).toBe(3);
    const loaded = buffers!.size;
    functions.dispose();
    expect(loaded - buffers!.size).toBe(Object.keys(base).length);
  });
});

describe("the decoder", () => {
  test("refuses tokens past its context, and starts again after reset", () => {
    const decoder = createDecoder(TINY, initialWeights(TINY, 5));
    const first = Float32Array.from(decoder.next(9, true)!);
    for (let i = 1; i < TINY.contextLength; i++) {
      expect(decoder.next(9, false)).toBeUndefined();
    }
    expect(() => decoder.next(9, true)).toThrow(/context of 48 tokens is full/);
    decoder.reset();
    expect(Float32Array.from(decoder.next(9, true)!)).toEqual(first);
  });
});
