export { clientNetwork, plainAddress } from './address.ts'
export { addressesOf, addressVariables, readAddresses, samePort } from './addresses.ts'
export { type Environment, readVariables } from './environment.ts'
export { forwardedAddress, isNetwork, trusting } from './proxies.ts'
