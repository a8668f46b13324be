"""冻结 of 转售 customers: what state an account is in, who changed it, and who may."""
