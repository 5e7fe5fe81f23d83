-- Hands back packs that will not be run here, at no cost to them. Answers the lanes that need a shift.
return giveBack(names, run)
