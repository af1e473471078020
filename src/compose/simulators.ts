/** The remote sides for local use. */
export { startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
export {
  simulateLineAds,
  simulatorOptions as lineAdsSimulatorOptions,
} from '../../simulators/line-ads/options.ts';
export { startLyticsSimulator } from '../../simulators/lytics/index.ts';
export { lyticsSimulatorOptions, simulateLytics } from '../../simulators/lytics/options.ts';
export { simulatorCommand } from '../../simulators/shared/flags.ts';
export { SimulatorInputError } from '../../simulators/shared/input.ts';
