/// A setting whose value decides which other settings exist: `data.kind`, `model.kind`, `preprocessing`,
/// `optimizer.kind`.
package struct KindFamily: Sendable {
  /// One value of the deciding setting.
  package struct Kind: Sendable {
    package var word: String
    package var required: [SettingPath]
    package var optional: [SettingPath]

    fileprivate init(_ word: String, _ required: [SettingPath] = [], optional: [SettingPath] = []) {
      self.word = word
      self.required = required
      self.optional = optional
    }

    func knows(_ path: SettingPath) -> Bool { required.contains(path) || optional.contains(path) }
  }

  package var selector: SettingPath
  package var kinds: [Kind]

  var words: [String] { kinds.map(\.word) }

  func kind(_ word: String) -> Kind? { kinds.first { $0.word == word } }

  /// Whether the setting exists only for some of the kinds.
  func governs(_ path: SettingPath) -> Bool { kinds.contains { $0.knows(path) } }

  /// The words of the kinds that know `path`.
  func words(knowing path: SettingPath) -> [String] { kinds.filter { $0.knows(path) }.map(\.word) }

  package static let all = [data, model, preprocessing, optimizer]

  /// The family that decides whether `path` exists, if any.
  static func governing(_ path: SettingPath) -> KindFamily? { all.first { $0.governs(path) } }

  private static let drawn: [SettingPath] = [.samples, .target, .noise, .shift, .signalToNoise]

  package static let data = KindFamily(
    selector: .dataKind,
    kinds: [
      Kind("equicorrelated", [.features, .correlation], optional: drawn),
      Kind("ar1", [.features, .correlation], optional: drawn),
      Kind("block", [.sizes, .within, .between], optional: drawn),
      Kind("factor", [.features, .from, .to], optional: drawn),
      Kind("uncentred", [.features, .mean], optional: drawn),
      Kind("geometric", [.features, .condition], optional: drawn),
      Kind("power", [.features, .exponent], optional: drawn),
      Kind("hilbert", [.features], optional: drawn),
      Kind("vandermonde", [.features], optional: drawn),
      Kind("duplicated", [.features, .copies], optional: drawn),
      Kind("near-duplicated", [.features, .copies, .epsilon], optional: drawn),
      Kind("spectrum", [.eigenvalues], optional: drawn),
      Kind("csv", [.file], optional: [.targetColumn, .header, .shift]),
      Kind("npy", [.file], optional: [.targetColumn, .shift]),
      Kind("libsvm", [.file], optional: [.shift]),
      Kind("rows", [.inputs, .targets], optional: [.shift]),
    ])

  private static let net: [SettingPath] = [
    .l2, .loss, .teacher, .outputs, .teacherHidden, .teacherExponent, .initial, .scale, .split,
  ]

  package static let model = KindFamily(
    selector: .modelKind,
    kinds: [
      Kind("least-squares"), Kind("ridge", [.l2]), Kind("logistic", optional: [.l2]),
      Kind("softmax", [.classes], optional: [.l2]),
      Kind("two-layer", [.hidden], optional: [.activation, .bottleneck] + net),
      Kind("deep-linear", [.hidden], optional: [.depth] + net),
    ])

  package static let preprocessing = KindFamily(
    selector: .preprocessing,
    kinds: [
      Kind("none"), Kind("centre"), Kind("standardise", optional: [.ddof]), Kind("pca", optional: [.components]),
      Kind("whiten-pca", optional: [.components]), Kind("whiten-zca", optional: [.components]), Kind("whiten-cholesky"),
    ])

  private static let changing: [SettingPath] = [.schedule, .period, .rate, .warmUp]
  private static let batched: [SettingPath] = [.batch, .sampling]

  package static let optimizer = KindFamily(
    selector: .optimizerKind,
    kinds: [
      Kind("gradient-descent", optional: [.step] + changing + batched),
      Kind("heavy-ball", optional: [.step, .momentum] + changing + batched),
      Kind("nesterov", optional: [.step, .momentum] + changing + batched),
      Kind("nesterov-lookahead", optional: [.step, .momentum] + changing + batched),
      Kind("adagrad", [.step], optional: [.stabiliser] + changing + batched),
      Kind("rmsprop", [.step], optional: [.decay, .stabiliser] + changing + batched),
      Kind("adam", [.step], optional: [.momentum, .decay, .stabiliser] + changing + batched),
      Kind("coordinate-descent"), Kind("simultaneous-coordinates"), Kind("conjugate-gradient"),
      Kind("exact-line-search"), Kind("backtracking", [.step], optional: [.shrink, .sufficientDecrease]),
      Kind("normalised-gradient-descent", [.step], optional: changing), Kind("lbfgs"),
      Kind("diagonal-newton", optional: [.step] + changing), Kind("newton", optional: [.step] + changing),
      Kind("gd_1_over_L"), Kind("gd_optimal"), Kind("heavy_ball_optimal"), Kind("nesterov_1_over_L"),
      Kind("nesterov_quadratic_optimal"),
    ])
}
