/** The boxes of the rows belong to this form, which is at the foot of the list. */
export const SELECTION_FORM = 'selection'
