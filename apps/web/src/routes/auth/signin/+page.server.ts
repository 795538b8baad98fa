export const load = ({ url }) => ({ signedOut: url.searchParams.has('signed-out') })
