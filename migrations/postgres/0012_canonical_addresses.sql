-- Addresses are compared in one form: the local part with A-Z in lower case, the
-- domain in ASCII. The program that applies this brought them into it before.
SELECT 1 WHERE false;
