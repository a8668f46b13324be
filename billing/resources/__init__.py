"""客户资源: what customers have, and when it expires."""
