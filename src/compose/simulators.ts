/** The remote sides for local use. */
export { SimulatorInputError, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
export {
  simulateLineAds,
  simulatorOptions as lineAdsSimulatorOptions,
} from '../../simulators/line-ads/options.ts';
