/** Only the file of Scalar's reference for browsers is used, which holds all its 250 dependencies, so none is installed. */
const readPackage = (manifest) =>
  manifest.name === '@scalar/api-reference' ? { ...manifest, dependencies: {} } : manifest

module.exports = { hooks: { readPackage } }
